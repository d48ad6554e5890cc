-- Count who is available for a group: on duty, and not paused. ARGV: the group. Returns the number.
local availability = require 'availability'
local keys = require 'model'

return redis.call('ZCARD', keys.duty .. ARGV[1]) - #availability.paused_in(ARGV[1])
