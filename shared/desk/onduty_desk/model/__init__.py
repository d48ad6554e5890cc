"""The schema: every key, field and word that Python and Lua share."""
