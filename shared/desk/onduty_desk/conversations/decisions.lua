-- What the desk decides about who gets which conversation, for a test that asks for it by making the stream:
-- an independent reader holds it against the rules. Elsewhere nothing is written.
local hash = require 'lua'
local group_rules = require 'roster'
local keys = require 'model'

local decisions = {}

local MOST = 100000

local is_asked_for -- in this call

function decisions.begin()
  is_asked_for = nil
end

-- Those before a conversation in its line, as they are now: what the reader needs to know whether one of
-- them should have gone first.
local function line_before(id, group)
  local line = {}
  for _, other in ipairs(redis.call('ZRANGE', keys.waiting .. group, 0, -1)) do
    if other == id then
      break
    end
    local one = hash.now(keys.conversation .. other)
    local is_put_off = one.pass_to or one.answered or one.first_until_ms or one.rung
    table.insert(line, { other, is_put_off and 1 or 0 })
  end
  return #line > 0 and cjson.encode(line) or '[]'
end

-- `what` is decided of a conversation: `operator` is who gets it, or had it; '' if it is nobody. `by`: who has
-- passed it on.
function decisions.note(what, id, operator, by)
  if is_asked_for == nil then
    is_asked_for = redis.call('EXISTS', keys.test_decisions) == 1
  end
  if not is_asked_for then
    return
  end
  local group = hash.get(keys.conversation .. id, 'group') or ''
  -- stylua: ignore
  redis.call('XADD', keys.test_decisions, 'MAXLEN', '~', MOST, '*',
    'what', what, 'conversation', id, 'group', group, 'operator', operator or '', 'by', by or '',
    'held', redis.call('ZCARD', keys.claims .. (operator or '')),
    'capacity', group_rules.of(group).capacity,
    'limit', redis.call('HGET', keys.operator .. (operator or ''), 'limit') or 0,
    'before', what == 'offered' and line_before(id, group) or '[]')
end

return decisions
