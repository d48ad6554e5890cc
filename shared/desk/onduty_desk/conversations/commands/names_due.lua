-- Take conversations whose newest name may not be in the index: for a while nobody else gets them.
--
-- ARGV: most conversations, how long in ms. Returns for each { conversation, the place of its newest
-- message, that message as JSON }, or { conversation, error }.
local clock, hash, integer, isolate = require 'lua'
local keys = require 'model'

local now, most, lease_ms = clock.ms(), tonumber(ARGV[1]), tonumber(ARGV[2])
local ENOUGH_BYTES = 262144

local function read(id)
  local seq = hash.get(keys.conversation .. id, 'last_seq')
  local newest = seq and redis.call('ZRANGE', keys.messages .. id, 0, 0, 'REV')[1]
  local json = newest and redis.call('GET', keys.message .. newest)
  return json and { id, seq, json } or nil
end

local due, bytes = {}, 0
for _, id in ipairs(redis.call('ZRANGE', keys.to_index, '-inf', integer(now), 'BYSCORE', 'LIMIT', 0, most)) do
  local answer = isolate.call(read, id)
  if answer and bytes < ENOUGH_BYTES then
    redis.call('ZADD', keys.to_index, integer(now + lease_ms), id)
    bytes = bytes + (answer.err and 0 or #answer[3])
    table.insert(due, answer.err and { id, answer } or answer)
  elseif not answer then
    redis.call('ZREM', keys.to_index, id) -- it has expired
  end
end
return due
