"""Operators' answers to customers: replies to cards, their changes, and what is said of them."""
