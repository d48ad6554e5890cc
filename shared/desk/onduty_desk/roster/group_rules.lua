-- The rules of a group, as the newest start of a process wrote them; where nothing is written, the
-- defaults, which are those of onduty_desk.roster.group_rules.
local keys = require 'model'

local group_rules = {}

local DEFAULTS =
  { routing = 'everyone', capacity = 0, wave_size = 3, next_wave_after = 20, accept_within = 30, escalation = '[]' }

local known -- by group, as they are in this call

function group_rules.begin()
  known = {}
end

function group_rules.of(group)
  if not known[group] then
    local json = redis.call('HGET', keys.group_rules, group)
    local rules = json and cjson.decode(json) or {}
    for name, value in pairs(DEFAULTS) do
      if rules[name] == nil then -- it was written by a version that did not know this rule
        rules[name] = value
      end
    end
    known[group] = rules
  end
  return known[group]
end

return group_rules
