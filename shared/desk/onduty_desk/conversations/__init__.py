"""Who owns a conversation and until when, and who is told of it."""
