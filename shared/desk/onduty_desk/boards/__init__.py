"""The board: one pinned message on each operator's phone, of what is theirs and what waits."""
