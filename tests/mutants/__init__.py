"""Changes one place of the code at a time, and looks whether a test fails for it."""
