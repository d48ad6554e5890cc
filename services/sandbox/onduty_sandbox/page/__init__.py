"""The web page: its files, who may ask for them, and what others add to it."""
