-- Coming on duty in a group, be it as one more. What waits there is shown by `backlog.lua`.
local unattended = require 'availability'
local assignment, conversations = require 'conversations'
local clock, integer = require 'lua'
local copies, edits = require 'phones'
local operators = require 'roster'
local keys, words = require 'model'

local joining = {}

-- The cards of what they kept when they went get back the buttons that are for who is on duty.
local function show_held(id, group)
  for _, held in ipairs(redis.call('ZRANGE', keys.claims .. id, 0, -1)) do
    local conversation = conversations.read(held)
    if conversation.state == words.state.claimed and conversation.owner == id and conversation.group == group then
      edits.show_owner(held, conversation)
    end
  end
end

-- So does what they have closed since.
local function show_closed(id, group)
  for _, shown in ipairs(redis.call('ZRANGE', keys.shown .. id, 0, -1)) do
    local conversation, copy = conversations.read(shown), copies.of(shown, id)
    if conversation.closed_by == id and conversation.group == group and copy.card then
      copy.version = -1
      copies.keep(shown, id, copy)
      edits.request(shown, id)
    end
  end
end

-- Put somebody on duty in a group whose phrase has this fingerprint, by an update; a name and a language
-- are for whoever is off duty. Returns 'new', 'joined' (on duty in other groups before) or 'already'.
function joining.join(id, group, fingerprint, update, name, language)
  local operator, now = keys.operator .. id, integer(clock.ms())
  local groups, came = operators.memberships(id), 'new'
  redis.call('DEL', keys.login .. id, keys.wrong_tries .. id)
  if operators.is_member(id, group) then
    return 'already'
  elseif #groups > 0 then
    came = 'joined'
  else
    redis.call('HSET', operator, 'update_id', update, 'since_ms', now, 'name', name, 'language', language)
    redis.call('ZADD', keys.on_duty, now, id)
    redis.call('HDEL', keys.signed_out, id)
    redis.call('ZREM', keys.paused, id)
  end
  table.insert(groups, { group, fingerprint })
  operators.write_memberships(id, groups)
  redis.call('ZADD', keys.duty .. group, now, id)
  redis.call('HDEL', keys.left_groups, id .. ':' .. group)
  operators.remember(id)
  -- Somebody is available there: should they go, the admins are told again.
  if redis.call('HEXISTS', keys.operator .. id, 'paused_ms') == 0 then
    unattended.is_over(group)
  end
  show_held(id, group)
  show_closed(id, group)
  assignment.may_take(id, true)
  return came
end

return joining
