"""RQ's jobs and the clock: what makes a dispatcher look."""
