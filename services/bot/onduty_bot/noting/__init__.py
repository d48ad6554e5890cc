"""Operators' notes about customers, as they write them."""
