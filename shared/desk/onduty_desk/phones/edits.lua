-- What a phone shows is edited: requested here, done by a dispatcher, last in line.
local conversations, key_lifetimes = require 'conversations'
local clock, hash, urgency = require 'lua'
local copies, timetable, wake = require 'phones'
local topics = require 'topics'
local keys, words = require 'model'

local edits = {}

-- Have a phone's copy drawn anew. `class` is that of edits, or urgent for the phone whose own tap
-- asks for it.
function edits.request(id, chat, class)
  timetable.line_up_redraw(chat, id, urgency.score(class or 'edits', clock.ms()))
  key_lifetimes.outlast(keys.redraws .. chat, id)
end

-- Have all copies drawn anew, that of `first` before the others.
function edits.request_all(id, first)
  conversations.count(id, 'version')
  for _, chat in ipairs(hash.fields(keys.copies .. id)) do
    edits.request(id, chat, chat == first and 'urgent' or 'edits')
  end
  topics.have_changed(id)
  wake.dispatchers()
end

-- Have the card of its owner drawn anew.
function edits.show_owner(id, conversation)
  conversations.count(id, 'version')
  edits.request(id, conversation.owner)
  topics.have_changed(id)
end

-- Show who has the last word: on the card of its owner, or, of what nobody owns, on all.
function edits.show_last_word(id, conversation)
  if conversation.owner then
    edits.show_owner(id, conversation)
  else
    edits.request_all(id)
  end
end

-- Have a message of the bot's deleted that is about a conversation, and not true any more.
function edits.delete(id, chat, message, class)
  local copy = copies.of(id, chat)
  copy.since_ms = copy.since_ms or clock.ms()
  copies.remove_later(copy, tonumber(message))
  copies.keep(id, chat, copy)
  edits.request(id, chat, class)
end

-- Keep of a copy what is to be done with messages that are left of it, and have that done.
local function forget_card(id, chat, copy)
  copies.keep(id, chat, {
    strip = copy.strip,
    remove = copy.remove,
    shorten = copy.shorten,
    rewrite = copy.rewrite,
    parts = copy.parts,
    since_ms = copy.since_ms,
    nudge = copy.nudge,
    language = copy.language,
    maybe_seq = copy.maybe_seq,
  })
  if copy.strip or copy.remove or copy.rewrite then
    edits.request(id, chat)
  end
end

-- Take the buttons off a phone's copy, which is not drawn any more.
function edits.strip(id, chat)
  local copy = copies.of(id, chat)
  copies.leave_card(copy)
  copies.remove_notes(copy)
  forget_card(id, chat, copy)
end

-- Remove a phone's copy: its round is over.
function edits.remove(id, chat)
  local copy = copies.of(id, chat)
  copies.remove_all(copy)
  forget_card(id, chat, copy)
end

-- Whose phone keeps one line of a closed conversation.
local function keeps_a_line(conversation, chat)
  return (conversation.kept_by or conversation.closed_by) == chat
end

-- The messages of a copy that are over, oldest first, at most as many as are deleted at once.
local function over(conversation, copy, chat)
  local is_closed, is_waiting = conversation.state == words.state.closed, conversation.state == words.state.waiting
  local is_theirs = conversation.state == words.state.claimed and conversation.owner == chat
  local messages, most = {}, copies.most_deleted_at_once(copy)
  local function add(message)
    if message and #messages < most then
      table.insert(messages, message)
    end
  end
  local function add_all(list)
    for _, message in ipairs(list or {}) do
      add(message)
    end
  end
  add_all(copy.remove)
  add(not conversation.nudged and copy.nudge)
  add_all(not is_theirs and copy.bubbles or nil)
  add_all(not is_theirs and not is_waiting and copy.parts or nil)
  add((is_theirs or copy.told_in ~= conversation.state) and copy.told)
  add(is_closed and not keeps_a_line(conversation, chat) and copy.card)
  return messages
end

-- What is left to be done with a copy, the first of it: the step, and the messages that it changes. A
-- card that was sent with the newest words only is drawn whole before the older one goes.
function edits.next(conversation, copy, chat)
  local is_drawn_first = copy.card and copy.version == -1 and conversation.state == words.state.waiting
  local messages = over(conversation, copy, chat)
  if copy.strip then
    return words.step.remove_keyboard, { copy.strip[1] }
  elseif #messages > 0 and not is_drawn_first then
    return words.step.delete, messages
  elseif copy.card and (copy.version or -1) < tonumber(conversation.version or 0) then
    return words.step.edit, { copy.card }
  elseif #messages > 0 then
    return words.step.delete, messages
  elseif copy.rewrite then
    return words.step.rewrite, { copy.rewrite[1][1] }
  elseif copy.shorten then
    return words.step.shorten, { copy.shorten[1] }
  end
end

return edits
