"""What operators note about customers for each other: never sent to a customer."""
