"""Delivers events to the chat backend, by webhook or by RQ jobs."""
