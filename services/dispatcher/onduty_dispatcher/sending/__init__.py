"""Sends each phone its next card, note or edit, in its slot."""
