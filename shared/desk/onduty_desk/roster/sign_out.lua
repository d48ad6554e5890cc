-- Take an operator off duty, or, with a group, out of that one: out of the last one is off duty. What
-- waits in their outbox is withdrawn by the dispatchers, which look at the phone at once. The cards of what
-- they hold keep their buttons; all others lose theirs and are not drawn any more.
--
-- ARGV: operator id, the phrase fingerprint that the group must have been joined with, or '', the update
-- that asked for it, or '', why, and the group, or ''. Whoever did it on purpose ('off') keeps what they
-- hold; of all others it waits again at once, and they read no more of it than that. With an update a login
-- under way ends too, and the same update once more returns the same; with a fingerprint the operator is
-- listed as still to be told.
-- Returns the operator's hash as it was, empty if they were not on duty (or in that group, with another
-- phrase), and `let_go` with how many conversations wait again because of it, if any do.
local boards = require 'boards'
local conversations, offers, ownership = require 'conversations'
local once = require 'lua'
local nudges = require 'nudges'
local copies, edits, timetable, wake = require 'phones'
local delays = require 'replies'
local operators = require 'roster'
local topics = require 'topics'
local keys, words = require 'model'

local id, fingerprint, update, why, group = unpack(ARGV)
local let_go = 0 -- how many they held that wait again

-- Of what they hold, only who is on duty can say that they are still answering, or look.
local function leave_close_and_release(conversation)
  local copy = copies.of(conversation, id)
  if copy.nudge then
    copies.remove_later(copy, copy.nudge)
    copy.nudge = nil
  end
  copy.view, copy.menu_until_ms = nil, nil
  if copy.buttons ~= 'close release' then
    copy.version = -1
  end
  copies.keep(conversation, id, copy)
  edits.request(conversation, id)
  topics.redraw(id, conversation)
end

local function strip_card(conversation, fields)
  local is_awaited = fields.last_owner == id and fields.first_until_ms
  if is_awaited or fields.state == words.state.waiting and fields.rung then
    conversations.let_route(conversation, fields)
  end
  if fields.owner ~= id then
    edits.strip(conversation, id)
  else
    leave_close_and_release(conversation)
  end
end

-- Whether a conversation is one of those that they leave.
local function is_left(fields)
  return group == '' or fields.group == group or not fields.group
end

-- All but those of what they have just been relieved of.
local function strip_cards(were_theirs)
  for _, conversation in ipairs(redis.call('ZRANGE', keys.shown .. id, 0, -1)) do
    local fields = conversations.read(conversation)
    if is_left(fields) and not were_theirs[conversation] then
      strip_card(conversation, fields)
    end
  end
end

-- Its card says that it is theirs, and what was written: one line stays, until somebody takes it.
local function show_off_duty(conversation)
  local copy = copies.of(conversation, id)
  copy.view, copy.menu_until_ms, copy.version = nil, nil, -1
  copies.remove_notes(copy)
  copies.keep(conversation, id, copy)
  edits.request(conversation, id)
end

local function let_go_of_all()
  local were_theirs = {}
  for _, held in ipairs(redis.call('ZRANGE', keys.claims .. id, 0, -1)) do
    local conversation = conversations.read(held)
    if conversation.state ~= words.state.claimed or conversation.owner ~= id then
      redis.call('ZREM', keys.claims .. id, held)
    elseif is_left(conversation) then
      ownership.release(held, conversation, words.reason.off_duty)
      show_off_duty(held)
      were_theirs[held] = true
      let_go = let_go + 1
    end
  end
  return were_theirs
end

-- Whoever keeps what they hold has ended their work: what they have written goes.
local function send_what_is_delayed()
  for _, held in ipairs(redis.call('ZRANGE', keys.claims .. id, 0, -1)) do
    if is_left(conversations.read(held)) then
      delays.flush(held)
    end
  end
end

local function ask_no_more()
  if group == '' then
    nudges.drop_all(id)
    return
  end
  for _, conversation in ipairs(redis.call('ZRANGE', keys.silent .. id, 0, -1)) do
    if is_left(conversations.read(conversation)) then
      nudges.drop(conversation, id)
    end
  end
end

-- The groups that they stay in; and whether they leave any.
local function find_what_stays()
  local stays, leaves = {}, group == '' and fingerprint == ''
  for _, one in ipairs(operators.memberships(id)) do
    if (group == '' or one[1] == group) and (fingerprint == '' or one[2] == fingerprint) then
      redis.call('ZREM', keys.duty .. one[1], id)
      leaves = true
    else
      table.insert(stays, one)
    end
  end
  return stays, leaves
end

-- They are not an operator any more: keep nothing of it but what is to be told.
local function go_off(language)
  redis.call('ZREM', keys.on_duty, id)
  redis.call('ZREM', keys.paused, id)
  redis.call('ZREM', keys.unreachable, id)
  redis.call('HDEL', keys.failing_phones, id)
  redis.call('ZREM', keys.idle_since, id)
  redis.call('HDEL', keys.pauses_over, id)
  redis.call('HDEL', keys.paused_for_missing, id)
  redis.call('DEL', keys.operator .. id)
  boards.take_away(id)
  if fingerprint ~= '' then
    redis.call('HSET', keys.signed_out, id, language)
  end
end

local function stay_in(groups, language)
  operators.write_memberships(id, groups)
  boards.follow(id, operators.groups(id))
  if fingerprint ~= '' then
    redis.call('HSET', keys.left_groups, id .. ':' .. group, language)
  end
end

local function leave()
  local language = redis.call('HGET', keys.operator .. id, 'language')
  local stays, leaves = find_what_stays()
  if not leaves then
    return false
  elseif #stays == 0 then
    group = ''
    go_off(language)
  else
    stay_in(stays, language)
  end
  operators.remember(id)
  offers.leave(id, is_left)
  local were_theirs = {}
  if why ~= 'off' then
    were_theirs = let_go_of_all()
  else
    send_what_is_delayed()
  end
  strip_cards(were_theirs)
  ask_no_more()
  if redis.call('EXISTS', keys.outbox .. id) == 1 then
    timetable.something_new(id)
  end
  wake.dispatchers()
  return true
end

-- An older version reads what was decided, and knows the hash alone.
local function with_let_go(was, count)
  if count > 0 then
    table.insert(was, 'let_go')
    table.insert(was, tostring(count))
  end
  return was
end

if update ~= '' then
  local before = once.decided(update)
  if before then
    return with_let_go(before, once.decided(update .. ':let_go') or 0)
  end
  redis.call('DEL', keys.login .. id)
end
local was = redis.call('HGETALL', keys.operator .. id)
if #was == 0 and why ~= 'off' then
  let_go_of_all() -- since /off they have kept it
elseif #was == 0 or not leave() then
  was = {}
end
if update ~= '' then
  once.decide(update, was)
  once.decide(update .. ':let_go', let_go)
end
return with_let_go(was, let_go)
