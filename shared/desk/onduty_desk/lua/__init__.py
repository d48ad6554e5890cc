"""Lua scripts: how they are put together from their parts, and the parts that all rooms use."""
