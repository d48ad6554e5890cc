-- One page of a list of conversations: what waits in an operator's group, or what they hold.
--
-- ARGV: 'queue' or 'mine', operator, page (from 1), rows a page.
-- Returns { how many there are, page, pages, now in ms, 1 if the operator is on duty, rows, each as
-- { conversation, priority, since when in ms, group, its newest message as JSON or '' } }, or
-- { 'off_duty' }: only who is on duty sees what waits. What has expired is dropped from the list.
local which, operator, page, most = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local group = redis.call('HGET', 'onduty:operator:' .. operator, 'group')
if which == 'queue' and not group then
  return { 'off_duty' }
end
local key = which == 'queue' and 'onduty:waiting:' .. group or 'onduty:claims:' .. operator

local function row(id, score)
  local conversation = conversation_of(id)
  local newest = redis.call('ZRANGE', 'onduty:messages:' .. id, -1, -1)[1]
  local since = which == 'queue' and conversation.waiting_since_ms or ms(tonumber(score))
  return { id, conversation.priority or 'normal', since, conversation.group,
    newest and redis.call('GET', 'onduty:message:' .. newest) or '' }
end

-- Returns the rows of a page, or nil if something had to be dropped first.
local function rows_of(at)
  local found = redis.call('ZRANGE', key, (at - 1) * most, at * most - 1, 'WITHSCORES')
  local rows, dropped = {}, false
  for i = 1, #found, 2 do
    if redis.call('EXISTS', 'onduty:conversation:' .. found[i]) == 0 then
      redis.call('ZREM', key, found[i])
      dropped = true
    else
      table.insert(rows, row(found[i], found[i + 1]))
    end
  end
  return not dropped and rows or nil
end

while true do
  local total = redis.call('ZCARD', key)
  local pages = math.max(1, math.ceil(total / most))
  local at = math.min(math.max(page, 1), pages)
  local rows = rows_of(at)
  if rows then
    return { total, at, pages, ms(now_ms()), group and 1 or 0, rows }
  end
end
