-- One page of a list of conversations: what waits in an operator's groups, or what they hold.
--
-- ARGV: 'queue' or 'mine', operator, page (from 1), rows a page, then the groups whose queue they may see
-- off duty, if they are an admin.
-- Returns { how many there are, page, pages, now in ms, 1 if the operator is on duty, of how many groups the
-- list is, rows, each as { conversation, priority, since when in ms, group, its newest message as JSON or
-- '' } }, or { 'off_duty' }: only who is on duty sees what waits. What has expired is dropped from the list.
local conversations, group_lines = require 'conversations'
local clock, hash, integer = require 'lua'
local copies = require 'phones'
local operators = require 'roster'
local keys = require 'model'

local which, operator, page, most = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local groups = operators.groups(operator)
local seen = #groups > 0 and groups or { unpack(ARGV, 5) }
if which == 'queue' and #seen == 0 then
  return { 'off_duty' }
end
local list = which == 'queue' and group_lines.of(keys.waiting, seen) or { keys.claims .. operator }

-- What has expired is no row, wherever in the list it stands.
local MOST_LOOKED_AT = 2000
for _, entry in ipairs(group_lines.range(list, 1, MOST_LOOKED_AT)) do
  if not hash.exists(keys.conversation .. entry[1]) then
    group_lines.remove(list, entry[1])
  end
end

-- Of what one holds and is no longer on duty for, one sees what one was shown before, and no words that have
-- come since.
local function row(id, conversation, score)
  local upto = '+inf'
  if which == 'mine' and not operators.is_member(operator, conversation.group) then
    local copy = copies.of(id, operator)
    upto = math.max(copy.rung_seq or 0, copy.drawn_seq or 0)
  end
  local newest = redis.call('ZRANGE', keys.messages .. id, upto, '-inf', 'BYSCORE', 'REV', 'LIMIT', 0, 1)[1]
  local since = which == 'queue' and conversation.waiting_since_ms or integer(score)
  return {
    id,
    conversation.priority or 'normal',
    since,
    conversation.group,
    newest and redis.call('GET', keys.message .. newest) or '',
  }
end

local total = group_lines.count(list)
local pages = math.max(1, math.ceil((#list > 1 and math.min(total, MOST_LOOKED_AT) or total) / most))
local at = math.min(math.max(page, 1), pages)
local rows = {}
for _, entry in ipairs(group_lines.range(list, (at - 1) * most + 1, at * most)) do
  local conversation = conversations.read(entry[1])
  if conversation.group then
    table.insert(rows, row(entry[1], conversation, entry[2]))
  end
end
return { total, at, pages, integer(clock.ms()), #groups > 0 and 1 or 0, #seen, rows }
