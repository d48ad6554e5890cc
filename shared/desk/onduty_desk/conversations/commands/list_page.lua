-- One page of a list of conversations: what waits in an operator's group, or what they hold.
--
-- ARGV: 'queue' or 'mine', operator, page (from 1), rows a page.
-- Returns { how many there are, page, pages, now in ms, 1 if the operator is on duty, rows, each as
-- { conversation, priority, since when in ms, group, its newest message as JSON or '' } }, or
-- { 'off_duty' }: only who is on duty sees what waits. What has expired is dropped from the list.
local conversations = require 'conversations'
local clock, hash, integer = require 'lua'
local copies = require 'phones'
local keys = require 'model'

local which, operator, page, most = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local group = redis.call('HGET', keys.operator .. operator, 'group')
if which == 'queue' and not group then
  return { 'off_duty' }
end
local key = which == 'queue' and keys.waiting .. group or keys.claims .. operator

-- What has expired is no row, wherever in the list it stands.
local MOST_LOOKED_AT = 2000
for _, id in ipairs(redis.call('ZRANGE', key, 0, MOST_LOOKED_AT - 1)) do
  if not hash.exists(keys.conversation .. id) then
    redis.call('ZREM', key, id)
  end
end

-- Off duty, one sees what one was shown before, and no words that have come since.
local function row(id, conversation, score)
  local upto = '+inf'
  if not group then
    local copy = copies.of(id, operator)
    upto = math.max(copy.rung_seq or 0, copy.drawn_seq or 0)
  end
  local newest = redis.call('ZRANGE', keys.messages .. id, upto, '-inf', 'BYSCORE', 'REV', 'LIMIT', 0, 1)[1]
  local since = which == 'queue' and conversation.waiting_since_ms or integer(tonumber(score))
  return {
    id,
    conversation.priority or 'normal',
    since,
    conversation.group,
    newest and redis.call('GET', keys.message .. newest) or '',
  }
end

local total = redis.call('ZCARD', key)
local pages = math.max(1, math.ceil(total / most))
local at = math.min(math.max(page, 1), pages)
local found, rows = redis.call('ZRANGE', key, (at - 1) * most, at * most - 1, 'WITHSCORES'), {}
for i = 1, #found, 2 do
  local conversation = conversations.read(found[i])
  if conversation.group then
    table.insert(rows, row(found[i], conversation, found[i + 1]))
  end
end
return { total, at, pages, integer(clock.ms()), group and 1 or 0, rows }
