-- A look shows what was written in pages of so many messages; one with long texts is several Telegram
-- messages long, its parts, see `cards/pages.py`. A page stays the same when the customer writes on.
local transcript = require 'conversations'
local integer = require 'lua'
local words = require 'model'

local pages = {}

local MESSAGES = 20

-- How many there are.
function pages.count(conversation)
  return math.max(1, math.ceil(tonumber(conversation.last_seq or 0) / MESSAGES))
end

-- The messages of a page, oldest first.
function pages.messages(id, page)
  local found, messages =
    transcript.between(id, '(' .. integer((page - 1) * MESSAGES), integer(page * MESSAGES), MESSAGES), {}
  for i = 1, #found, 2 do
    table.insert(messages, found[i])
  end
  return messages
end

-- The page that a copy shows, or nil: a look is over with its conversation.
function pages.of(conversation, copy)
  if copy.view == words.look.open and conversation.state ~= words.state.closed then
    return math.max(1, math.min(copy.page or math.huge, pages.count(conversation)))
  end
end

return pages
