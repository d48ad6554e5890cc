"""`onduty doctor`: what is wrong with a desk, and its cure. It changes nothing."""
