"""The sender: gives each phone its next card, note or edit, in its slot of the pace."""
