"""The linter and the formatter of the Lua, for `make check` and `make format`."""
