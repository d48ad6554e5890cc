-- Dispatchers look at the timetable at once, and not only with their look each second.
local keys = require 'model'

local wake = {}

-- Whoever misses the word finds what there is a second later.
function wake.dispatchers()
  redis.call('PUBLISH', keys.wake, '')
end

return wake
