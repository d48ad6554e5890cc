"""Conversations: ownership and leases, routing, audience, timers, lists."""
