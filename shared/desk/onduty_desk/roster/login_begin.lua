-- Begin to sign in: from now on the next message is taken for the phrase, until the deadline. On duty it is
-- that of another group, if there are more than one is in.
--
-- ARGV: operator id, update id, time to finish in ms, then all groups.
-- Returns { 'asked' }, { 'on_duty', their groups as JSON, '1' if another's phrase is taken now, else '' }, or
-- { 'locked', until (ms), how long still (ms) }; the same update once more returns the same and changes
-- nothing.
local clock, integer, once = require 'lua'
local operators = require 'roster'
local keys = require 'model'

local id, update, finish_ms = ARGV[1], ARGV[2], tonumber(ARGV[3])
local before = once.decided(update)
if before then
  return before
end
local now = clock.ms()
local locked_until = tonumber(redis.call('GET', keys.lock .. id) or 0)

local function is_in_all()
  for _, group in ipairs({ unpack(ARGV, 4) }) do
    if not operators.is_member(id, group) then
      return false
    end
  end
  return true
end

local function begin()
  redis.call('SET', keys.login .. id, integer(now + finish_ms), 'PX', finish_ms)
end

local groups = operators.groups(id)
if #groups > 0 then
  local may_join = locked_until <= now and not is_in_all()
  if may_join then
    begin()
  end
  return once.decide(update, { 'on_duty', cjson.encode(groups), may_join and '1' or '' })
elseif locked_until > now then
  return once.decide(update, { 'locked', integer(locked_until), integer(locked_until - now) })
end
begin()
return once.decide(update, { 'asked' })
