"""What the chat backend is told, in order, until it has confirmed it."""
