-- How the scripts are linted; `make check` does it. Redis runs Lua 5.1 without what reaches outside of
-- a script. `require` is resolved before Redis sees a script, see CONTRIBUTING.md.
std = 'lua51'
read_globals = { 'redis', 'cjson', 'cmsgpack', 'bit', 'struct', 'KEYS', 'ARGV' }
not_globals = { 'debug', 'dofile', 'io', 'loadfile', 'module', 'os', 'package', 'print' }
max_line_length = 120
