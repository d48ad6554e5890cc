-- What a backend may know of a group: who is there, and how busy (see onduty.availability).
local availability, claim_times = require 'availability'
local capacity = require 'conversations'
local json = require 'events'
local clock = require 'lua'
local keys = require 'model'

local public = {}

-- How many conversations those who are available have room for; nil if one of them has no bound.
local function free_places(group, available)
  local free = 0
  for _, operator in ipairs(available) do
    local room = capacity.room(operator, group)
    if not room then
      return nil
    end
    free = free + room
  end
  return free
end

-- Write it if it has changed, or, with `is_due`, in any case: how much room there is costs a look at
-- each operator, and is known only then.
function public.write(group, kept_s, is_due)
  local key, available = keys.public_availability .. group, availability.of_group(group)
  local typical_ms = claim_times.typical_ms(group)
  local now = {
    on_duty = redis.call('ZCARD', keys.duty .. group),
    available = #available,
    waiting = redis.call('ZCARD', keys.waiting .. group),
    claimed_within_s = typical_ms and math.ceil(typical_ms / 1000) or cjson.null,
  }
  local written = not is_due and redis.call('GET', key)
  local before, is_same = written and cjson.decode(written) or {}, true
  for name, value in pairs(now) do
    is_same = is_same and before[name] == value
  end
  if is_same then
    return
  end
  now.version, now.group, now.written_at = 1, group, json.iso(clock.ms())
  now.free_places = free_places(group, available) or cjson.null
  redis.call('SET', key, cjson.encode(now), 'EX', kept_s)
end

return public
