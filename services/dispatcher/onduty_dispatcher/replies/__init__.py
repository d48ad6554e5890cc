"""Shows operators what became of their answers; learns it from the backend."""
