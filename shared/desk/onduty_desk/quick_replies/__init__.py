"""Texts that a group's operators send often; admins keep them."""
