"""What was written in a conversation by both sides, for backends and for pages of a look."""
