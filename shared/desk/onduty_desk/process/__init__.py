"""Shared by the desk's processes: connection, start-up checks, logs, health, cancellation."""
