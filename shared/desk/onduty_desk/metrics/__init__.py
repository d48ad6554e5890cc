"""What can be measured: the figures of a process, those of the whole desk, and their HTTP port."""
