"""The steps at a phone: taken when they are due, attempted, settled."""
