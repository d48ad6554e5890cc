"""The queue of events for the chat backend: in order, kept until it has confirmed them."""
