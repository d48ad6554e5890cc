"""What was given up, kept until someone acts."""
