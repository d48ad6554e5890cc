"""The dispatcher service: routes customer messages, sends cards, delivers events."""
