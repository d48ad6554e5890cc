"""What operators do with their answers: each is one script."""
