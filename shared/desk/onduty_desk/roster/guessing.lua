-- Tries of all accounts together, and what the admins are to be told of them.
--
-- After 30 wrong tries of strangers within ten minutes only 10 of their tries a minute are compared. A
-- right one of the others is answered like a wrong one. Who was an operator within 30 days stands
-- outside of that: no crowd locks the team out. `way` is 'sign-in', or 'elsewhere': whoever talks a
-- lot in a group slows nobody's login.
local clock, integer = require 'lua'
local operators = require 'roster'
local keys = require 'model'

local guessing = {}
local MANY, MANY_WITHIN_MS = 30, 600000
local MOST_COMPARED, COMPARED_WITHIN_MS = 10, 60000
local ADMINS, MOST_TOLD, TOLD_FOR_S = keys.guessing, 100, 86400

local function count_of(key, within_ms)
  redis.call('ZREMRANGEBYSCORE', key, '-inf', integer(clock.ms() - within_ms))
  return redis.call('ZCARD', key)
end

local function add_to(key, update, within_ms)
  redis.call('ZADD', key, integer(clock.ms()), update)
  redis.call('PEXPIRE', key, within_ms)
end

local function expire_told()
  redis.call('EXPIRE', ADMINS, TOLD_FOR_S)
end

-- Have the admins told something of somebody: the summary of a minute has each once.
function guessing.tell_admins(what, whom, who, until_ms)
  if redis.call('HLEN', ADMINS) >= MOST_TOLD then
    if redis.call('HEXISTS', ADMINS, what .. ':' .. whom) == 0 then
      redis.call('HINCRBY', ADMINS, 'more_' .. what, 1)
    end
  else
    local told = cjson.encode({ what = what, who = cjson.decode(who), until_ms = until_ms })
    redis.call('HSET', ADMINS, what .. ':' .. whom, told)
  end
  expire_told()
end

-- Whether a try of somebody is compared now; one that is not counts nowhere.
function guessing.is_compared(way, id)
  if operators.is_known(id) or count_of(keys.guesses .. way, MANY_WITHIN_MS) < MANY then
    return true
  end
  local compared = keys.compared .. way
  local count = count_of(compared, COMPARED_WITHIN_MS)
  if count < MOST_COMPARED then
    add_to(compared, integer(clock.us()) .. ':' .. id, COMPARED_WITHIN_MS)
    return true
  end
  if way == 'sign-in' then
    redis.call('HINCRBY', ADMINS, 'not_compared', 1)
    expire_told()
  end
  return false
end

function guessing.note_wrong(way, id, update)
  if not operators.is_known(id) then
    add_to(keys.guesses .. way, update, MANY_WITHIN_MS)
  end
end

return guessing
