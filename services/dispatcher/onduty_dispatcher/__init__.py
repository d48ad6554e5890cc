"""Onduty's voice: puts customer messages on operators' phones."""
