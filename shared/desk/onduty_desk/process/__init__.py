"""What every process of the desk does alike: connect, log, show that it lives, end."""
