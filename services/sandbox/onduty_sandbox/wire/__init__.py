"""What every room reads and writes: JSON, arguments, refusals, the names of troubles."""
