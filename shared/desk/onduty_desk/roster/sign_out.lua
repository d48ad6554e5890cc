-- Take an operator off duty. What waits in their outbox is withdrawn by the dispatchers, which
-- look at the phone at once and find nobody on duty. The cards of what they hold keep their buttons;
-- all others lose theirs and are not drawn any more.
--
-- ARGV: operator id, the phrase fingerprint they must have signed in with, or '', the update that asked
-- for it, or '', and why. Whoever did it on purpose ('off') keeps what they hold; of all others it
-- waits again at once, and they are shown nothing more of it. With an update a login under way ends too,
-- and the same update once more returns the same; with a fingerprint the operator is listed as still to
-- be told.
-- Returns the operator's hash as it was, empty if they were not on duty (or with another phrase).
local conversations, ownership = require 'conversations'
local once = require 'lua'
local copies, edits, timetable, wake = require 'phones'
local operators = require 'roster'
local keys, words = require 'model'

local id, fingerprint, update, why = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local operator = keys.operator .. id

-- Only who is on duty can say that they are still answering, or will.
local function ask_no_more(conversation)
  local copy = copies.of(conversation, id)
  if not copy.nudge and not copy.call then
    return
  end
  if copy.nudge then
    copies.remove_later(copy, copy.nudge)
  end
  if copy.call and copy.call_stays then
    copies.strip_later(copy, copy.call)
  elseif copy.call then
    copies.remove_later(copy, copy.call)
  end
  copy.nudge, copy.call, copy.call_stays = nil, nil, nil
  copies.keep(conversation, id, copy)
  edits.request(conversation, id)
end

local function strip_cards()
  for _, conversation in ipairs(redis.call('ZRANGE', keys.shown .. id, 0, -1)) do
    local fields = conversations.read(conversation)
    if fields.last_owner == id and fields.first_until_ms then
      conversations.let_route(conversation, fields)
    end
    if fields.owner ~= id then
      edits.strip(conversation, id)
    else
      ask_no_more(conversation)
    end
  end
end

local function let_go_of_all()
  for _, held in ipairs(redis.call('ZRANGE', keys.claims .. id, 0, -1)) do
    local conversation = conversations.read(held)
    if conversation.state == words.state.claimed and conversation.owner == id then
      ownership.release(held, conversation, words.reason.off_duty)
      edits.strip(held, id)
    else
      redis.call('ZREM', keys.claims .. id, held)
    end
  end
end

if update ~= '' then
  local before = once.decided(update)
  if before then
    return before
  end
  redis.call('DEL', keys.login .. id)
end
local was = redis.call('HGETALL', operator)
if #was == 0 and why ~= 'off' then
  let_go_of_all() -- since /off they have kept it
elseif #was == 0 or fingerprint ~= '' and redis.call('HGET', operator, 'fingerprint') ~= fingerprint then
  was = {}
else
  redis.call('ZREM', keys.duty .. redis.call('HGET', operator, 'group'), id)
  redis.call('ZREM', keys.on_duty, id)
  if fingerprint ~= '' then
    redis.call('HSET', keys.signed_out, id, redis.call('HGET', operator, 'language'))
  end
  redis.call('DEL', operator)
  operators.remember(id)
  if why ~= 'off' then
    let_go_of_all()
  end
  strip_cards()
  if redis.call('EXISTS', keys.outbox .. id) == 1 then
    timetable.something_new(id)
  end
  wake.dispatchers()
end
if update ~= '' then
  once.decide(update, was)
end
return was
