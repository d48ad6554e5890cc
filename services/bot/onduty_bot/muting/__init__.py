"""Muting customers who only disturb."""
