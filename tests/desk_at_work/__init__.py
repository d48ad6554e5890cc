"""A desk in this process: its fixtures, a dispatcher that sends, stories drawn by chance."""
