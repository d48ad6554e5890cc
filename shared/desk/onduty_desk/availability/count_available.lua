-- Count who is available for a group: on duty, not paused, and within reach. ARGV: the group. Returns the number.
local availability = require 'availability'

return #availability.of_group(ARGV[1])
