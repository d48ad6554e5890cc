"""Starting the programs, and keeping them up until all is ended."""
