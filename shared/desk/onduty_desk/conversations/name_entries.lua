-- The entries of a customer's name in the index that `/find` reads.
--
-- An entry begins with each word of the name once, and holds all of them: so one range of the index are
-- the names with a word that begins in some way, and whether they have the other words, too, is seen
-- without a look at the conversation.
local conversations = require 'conversations'
local keys = require 'model'

local name_entries = {}

function name_entries.of(id, name)
  local list, entries = {}, {}
  for word in string.gmatch(name, '[^ ]+') do
    table.insert(list, word)
  end
  for first = 1, #list do
    local turned = {}
    for i = 0, #list - 1 do
      table.insert(turned, list[(first + i - 1) % #list + 1])
    end
    table.insert(entries, table.concat(turned, ' ') .. '\n' .. id)
  end
  return entries
end

-- Take a conversation out of the index, where its newest name was written.
function name_entries.remove(conversation, id)
  local entries = name_entries.of(id, conversation.name_words or '')
  if #entries > 0 then
    redis.call('ZREM', keys.name_index .. conversation.group .. ':' .. conversation.name_week, unpack(entries))
  end
end

-- It is of its group no more: it is found there neither by its name nor among those who wrote last.
function name_entries.leave_group(conversation, id)
  name_entries.remove(conversation, id)
  redis.call('ZREM', keys.recent .. conversation.group, id)
  conversations.clear(id, 'name_words', 'name_week')
end

return name_entries
