"""The Bot API: what bots call, what they are answered, and the updates they get."""
