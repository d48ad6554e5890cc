-- An operator reads a conversation without taking it.
local people_clock = require 'conversations/people_clock'
local timers = require 'conversations/timers'
local integer = require 'lua/integer'
local copies = require 'phones/copies'
local edits = require 'phones/edits'
local operators = require 'roster/operators'
local keys = require 'model/keys'

local looking = {}

local LOOKING_MS = 60000

-- Of those who are still looking, the last who began is seen; whose minute ends first is due.
function looking.next_looker(id)
  local key, now, last, soonest = keys.conversation .. id, people_clock.ms(), nil, nil
  local copies = redis.call('HGETALL', keys.copies .. id)
  for i = 1, #copies, 2 do
    local until_ms = cjson.decode(copies[i + 1]).view_until_ms
    if until_ms and until_ms > now and operators.is_on_duty(copies[i]) then
      soonest = math.min(soonest or until_ms, until_ms)
      if not last or until_ms > last.until_ms then
        last = { chat = copies[i], until_ms = until_ms }
      end
    end
  end
  if last then
    redis.call(
      'HSET',
      key,
      'looker',
      last.chat,
      'looker_name',
      operators.person(last.chat).name,
      'looking_until_ms',
      integer(soonest)
    )
  else
    redis.call('HDEL', key, 'looker', 'looker_name', 'looking_until_ms')
  end
  timers.stand(id)
end

-- An operator reads a conversation without taking it; everybody sees that for a minute.
function looking.look(id, chat, copy)
  copy.view, copy.view_until_ms, copy.over = 'open', people_clock.ms() + LOOKING_MS, nil
  copies.keep(id, chat, copy)
  looking.next_looker(id)
  edits.request_all(id, chat)
end

return looking
