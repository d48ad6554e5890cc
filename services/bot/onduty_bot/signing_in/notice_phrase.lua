-- Decide whether a phrase in a message is noticed that is no part of signing in: in a group chat, in a
-- caption, in a reply to a card, on duty. That it is removed tells its author that it is one, so each
-- such message is a try, whatever it holds. The phrase of an operator's own group tells them nothing new.
--
-- ARGV: author, update, '1' if it is a text in their private chat, '1' if that is a reply to a card, the
-- groups whose phrases it holds as a JSON array, most tries, within how long (ms), who and where, for
-- the admins, as JSON, and '1' if on duty it is meant for something else: a command, a reply to a card.
-- Returns 'alike' (off duty, and joining another group, every text is removed, right or wrong: nothing is
-- told), 'noticed', or
-- 'unnoticed': it was a try too many, and the admins are told if it held a phrase. The same update once
-- more returns the same.
local clock, integer, once = require 'lua'
local guessing, operators = require 'roster'
local keys = require 'model'

local id, update, is_private, is_to_card = ARGV[1], ARGV[2] .. ':noticed', ARGV[3] == '1', ARGV[4] == '1'
local most, within_ms, who = tonumber(ARGV[6]), tonumber(ARGV[7]), ARGV[8]
local groups = cjson.decode(ARGV[5])
local before = once.decided(update)
if before then
  return before[1]
end
local is_on, is_apart = #operators.groups(id) > 0, ARGV[9] == '1'
local now = clock.ms()

local function is_only_own()
  for _, group in ipairs(groups) do
    if not operators.is_member(id, group) then
      return false
    end
  end
  return #groups > 0
end

local function judge()
  local is_signing_in = tonumber(redis.call('GET', keys.login .. id) or 0) > now
  if is_private and not is_to_card and (not is_on or is_signing_in and not is_apart) then
    return 'alike'
  elseif is_on and is_only_own() then
    return 'noticed'
  end
  local tries = keys.tries_elsewhere .. id
  redis.call('ZREMRANGEBYSCORE', tries, '-inf', integer(now - within_ms))
  if redis.call('ZCARD', tries) >= most or not guessing.is_compared('elsewhere', id) then
    if #groups > 0 then
      guessing.tell_admins('exposed', update, who)
    end
    return 'unnoticed'
  end
  redis.call('ZADD', tries, integer(now), update)
  redis.call('PEXPIRE', tries, within_ms)
  if #groups == 0 then
    guessing.note_wrong('elsewhere', id, update)
  end
  return 'noticed'
end

return once.decide(update, { judge() })[1]
