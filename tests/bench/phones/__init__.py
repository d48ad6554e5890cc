"""What operators' phones showed over time, made again from logs, and what was wrong with it."""
