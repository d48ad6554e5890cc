"""What an operator takes on: how many customers at once."""
