"""The nudge: one message on a phone that asks about all customers whom its operator lets wait."""
