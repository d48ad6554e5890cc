"""Loads Lua scripts with the parts that they require; holds the parts that all rooms use."""
