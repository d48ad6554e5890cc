-- The notes about a customer, kept with the conversation: each by the operator's own message.
local conversations, key_lifetimes = require 'conversations'
local edits, wake = require 'phones'
local topics = require 'topics'
local keys, words = require 'model'

local kept_notes = {}

local MOST = 50

-- Whose cards show notes are drawn anew.
local function draw(id)
  local conversation = conversations.read(id)
  conversations.count(id, 'version')
  for _, chat in ipairs({ conversation.owner or false, conversation.pass_to or false }) do
    if chat then
      edits.request(id, chat, 'urgent')
    end
  end
  topics.have_changed(id)
  wake.dispatchers()
end

local function write(id, place, note)
  redis.call('HSET', keys.notes .. id, place, cjson.encode(note))
  key_lifetimes.outlast(keys.notes .. id, id, key_lifetimes.HOUR_S)
  draw(id)
end

-- Keep a note of the operator `author`: with `name`, what colleagues call them, `speaks_as`, what customers
-- do, `text`, `html`, `at_s`, `thread`, the topic in which it stands or '', `is_forward` if they have not
-- written it, and `is_elsewhere` if that topic is another customer's. Returns false if there are too many.
function kept_notes.add(id, place, note)
  if redis.call('HLEN', keys.notes .. id) >= MOST then
    return false
  end
  note.n = conversations.count(id, 'notes')
  redis.call('SET', keys.note_place .. place, id, 'EX', math.max(1, key_lifetimes.lasts_s(id)))
  write(id, place, note)
  return true
end

-- The note that an operator's message is, and of which conversation; or nil.
function kept_notes.at(place)
  local id = redis.call('GET', keys.note_place .. place)
  local json = id and redis.call('HGET', keys.notes .. id, place)
  if json then
    return cjson.decode(json), id
  end
end

function kept_notes.change(id, place, note, text, html)
  note.text, note.html, note.is_edited = text, html, true
  write(id, place, note)
end

function kept_notes.remove(id, place)
  redis.call('HDEL', keys.notes .. id, place)
  redis.call('DEL', keys.note_place .. place)
  draw(id)
end

-- What a card shows of them to its owner, who is asked to take it, and who looks: each as { name, text }, the
-- oldest first, and how many there are. A page shows the newest ten, a card one.
local MOST_ON_A_PAGE = 10
function kept_notes.shown(id, conversation, chat, copy)
  local is_page = copy.view == words.look.open
  if not conversation.notes or not (is_page or conversation.owner == chat or conversation.pass_to == chat) then
    return {}, 0
  end
  local notes, shown = {}, {}
  local places = redis.call('HGETALL', keys.notes .. id)
  for i = 2, #places, 2 do
    table.insert(notes, cjson.decode(places[i]))
  end
  table.sort(notes, function(one, other)
    return one.n < other.n
  end)
  for i = math.max(1, #notes - (is_page and MOST_ON_A_PAGE or 1) + 1), #notes do
    table.insert(shown, { notes[i].name, notes[i].text })
  end
  return shown, #notes
end

return kept_notes
