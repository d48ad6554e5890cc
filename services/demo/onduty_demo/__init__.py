"""The whole of Onduty on one machine."""
