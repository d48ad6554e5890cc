"""How events reach the chat backend: by webhook, or by an RQ job."""
