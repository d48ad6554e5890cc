-- Somebody has written or tapped: if they are on duty, cards and colleagues use their name and language of now,
-- and their phone is within reach.
--
-- ARGV: operator id, name, language.
local reachable = require 'availability'
local keys = require 'model'

local operator = keys.operator .. ARGV[1]
if redis.call('TYPE', operator).ok == 'hash' then
  local known = redis.call('HMGET', operator, 'name', 'language')
  if known[1] ~= ARGV[2] or known[2] ~= ARGV[3] then
    redis.call('HSET', operator, 'name', ARGV[2], 'language', ARGV[3])
  end
end
if redis.call('ZSCORE', keys.unreachable, ARGV[1]) then
  reachable.note_success(ARGV[1])
end
