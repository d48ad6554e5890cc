-- Put an operator on duty in a group; on duty in others already, in this one, too.
--
-- ARGV: operator id, group, update id, name, language, the fingerprint of the group's phrase.
-- Returns 'new', 'joined' (on duty in other groups before), 'repeated' (the same update once more), 'already'
-- (in this group before; nothing changes) or 'barred' (an admin has taken them out of it).
local once = require 'lua'
local joining = require 'roster'
local keys = require 'model'

local id, group, update, name, language, fingerprint = unpack(ARGV)
local decision = update .. ':sign-in'
if once.decided(decision) or redis.call('HGET', keys.operator .. id, 'update_id') == update then
  return 'repeated'
end
if redis.call('HEXISTS', keys.barred .. group, id) == 1 then
  redis.call('DEL', keys.login .. id)
  return 'barred'
end
local came = joining.join(id, group, fingerprint, update, name, language)
if came ~= 'already' then
  once.decide(decision, { came })
end
return came
