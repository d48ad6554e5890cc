-- The messages of a conversation, each at its place; what is read of them is kept for the call.
local keys = require 'model'

local transcript = {}

local ranges, seqs -- by conversation

function transcript.begin()
  ranges, seqs = {}, {}
end

local function of(known, id)
  known[id] = known[id] or {}
  return known[id]
end

-- The messages from one place to another (as ZRANGE BYSCORE takes them), at most `most`, each followed
-- by its place.
function transcript.between(id, from, upto, most)
  local known, range = of(ranges, id), from .. ' ' .. upto .. ' ' .. most
  if not known[range] then
    local found = redis.call('ZRANGE', keys.messages .. id, from, upto, 'BYSCORE', 'LIMIT', 0, most, 'WITHSCORES')
    local known_seqs = of(seqs, id)
    for i = 1, #found, 2 do
      known_seqs[found[i]] = tonumber(found[i + 1])
    end
    known[range] = found
  end
  return known[range]
end

-- The place of a message, or nil if it has expired.
function transcript.seq_of(id, message)
  local known = of(seqs, id)
  if known[message] == nil then
    known[message] = tonumber(redis.call('ZSCORE', keys.messages .. id, message) or nil) or false
  end
  return known[message] or nil
end

-- The newest messages from one place down to another, at most `most`.
function transcript.newest(id, upto, from, most)
  return redis.call('ZRANGE', keys.messages .. id, upto, from, 'BYSCORE', 'REV', 'LIMIT', 0, most)
end

function transcript.add(id, seq, message)
  redis.call('ZADD', keys.messages .. id, seq, message)
  ranges[id], seqs[id] = nil, nil
end

-- Let a message not be there any more.
function transcript.remove(id, message)
  redis.call('ZREM', keys.messages .. id, message)
  ranges[id], seqs[id] = nil, nil
end

return transcript
