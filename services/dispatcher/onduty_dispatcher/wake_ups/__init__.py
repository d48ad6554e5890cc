"""What makes a dispatcher work: RQ's wake-ups, the sweeper, timers."""
