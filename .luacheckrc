-- Redis runs Lua 5.1; these names are its own (https://redis.io/docs/latest/develop/programmability/lua-api/).
std = 'lua51'
read_globals = { 'redis', 'cjson', 'KEYS', 'ARGV' }
max_line_length = 120
self = false
