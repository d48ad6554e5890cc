-- What operators have noted in a conversation that is forgotten.
local armed_notes = require 'noting'
local keys = require 'model'

local forgotten_notes = {}

-- Whoever is about to write one: their next text is still caught, and names nobody.
local function rename(operator, id, removal)
  if armed_notes.of(operator) == id then
    redis.call('HSET', keys.noting .. operator, 'conversation', removal)
  end
end

-- Forget them. Returns the messages that stay on operators' phones, each as { chat, message, name }.
function forgotten_notes.forget(id, removal)
  local left, notes = {}, redis.call('HGETALL', keys.notes .. id)
  for i = 1, #notes, 2 do
    local chat, message = string.match(notes[i], '^(.+):(%d+)$')
    table.insert(left, { chat, message, cjson.decode(notes[i + 1]).name })
    redis.call('DEL', keys.note_place .. notes[i])
  end
  redis.call('DEL', keys.notes .. id)
  for _, key in ipairs({ keys.notes_over, keys.on_duty }) do
    for _, operator in ipairs(redis.call('ZRANGE', key, 0, -1)) do
      rename(operator, id, removal)
    end
  end
  return left
end

return forgotten_notes
