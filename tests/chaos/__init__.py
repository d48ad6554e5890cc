"""Kills everything, again and again, and counts what was lost: `make chaos`."""
