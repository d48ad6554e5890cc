-- What is to be done about a phone's nudge next.
local transcript = require 'conversations'
local clock, hash = require 'lua'
local nudges = require 'nudges'
local keys, words = require 'model'

local next_nudge = {}

next_nudge.LONGEST_HOLD_MS = 30000 -- further ahead, it was written before Redis's clock was set back

-- The step, if there is one; or nil, and until when it is held after a failure.
function next_nudge.of(rules, chat)
  local nudge, wanted = hash.all(keys.nudge .. chat), nudges.wanted(chat)
  if not wanted.is_new and not wanted.is_edit then
    nudges.arrange(chat)
    return nil
  end
  local held_ms = tonumber(nudge.hold_ms or 0) - clock.ms()
  if held_ms > 0 and held_ms <= next_nudge.LONGEST_HOLD_MS then
    return nil, tonumber(nudge.hold_ms)
  end
  local rows, messages = {}, {}
  local numbers, more = string.match(wanted.rows, '^(.*)%+(%d+)$')
  for number in string.gmatch(numbers, '%d+') do
    local message = transcript.newest(wanted.by_number[tonumber(number)], '+inf', '-inf', 1)[1]
    table.insert(rows, { tonumber(number), message or '' })
    table.insert(messages, message)
  end
  return {
    what = wanted.is_new and words.step.send_nudge or words.step.edit_nudge,
    id = '',
    conversation = {},
    copy = {},
    messages = messages,
    is_whole = true,
    view = cjson.encode({
      message = tonumber(nudge.message) or cjson.null,
      rows = rows,
      more = tonumber(more),
      shown = wanted.rows,
      by_number = wanted.by_number,
      is_silent = not wanted.rings,
      is_repeat = wanted.is_new and nudge.maybe ~= nil,
      asked_ms = wanted.asked_ms,
      every_ms = rules.nudge_ms,
    }),
  }
end

return next_nudge
