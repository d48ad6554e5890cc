"""Signing in and out: phrases, logins, locks, and notifications about them."""
