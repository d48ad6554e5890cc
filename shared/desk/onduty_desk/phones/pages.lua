-- A look shows what was written in pages of so many messages; one with long texts is several Telegram
-- messages long, its parts, see `cards/pages.py`. A page stays the same when the customer writes on.
local transcript = require 'conversations'
local history = require 'history'
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

-- What operators have answered there, each as { the customer's message that it stands behind, JSON }.
local MOST_ANSWERS = 100
function pages.answers(id, page)
  local from, upto = (page - 1) * MESSAGES, page * MESSAGES
  local messages, answers, at = transcript.between(id, '(' .. integer(from), integer(upto), MESSAGES), {}, 1
  for _, answer in ipairs(history.of_operators(id, from, upto, MOST_ANSWERS)) do
    while messages[at + 2] and tonumber(messages[at + 3]) <= answer[1] do
      at = at + 2
    end
    table.insert(answers, { messages[at] or '', answer[2] })
  end
  return answers
end

-- The page that a copy shows, or nil: a look is over with its conversation.
function pages.of(conversation, copy)
  if copy.view == words.look.open and conversation.state ~= words.state.closed then
    return math.max(1, math.min(copy.page or math.huge, pages.count(conversation)))
  end
end

return pages
