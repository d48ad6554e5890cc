-- The lines of several groups (sorted sets of conversations with scores of one kind), read as one.
local group_lines = {}

local function entries_of(line, from, upto, is_newest_first)
  local found = is_newest_first and redis.call('ZRANGE', line, from - 1, upto - 1, 'REV', 'WITHSCORES')
    or redis.call('ZRANGE', line, from - 1, upto - 1, 'WITHSCORES')
  local entries = {}
  for i = 1, #found, 2 do
    table.insert(entries, { found[i], tonumber(found[i + 1]) })
  end
  return entries
end

-- The keys of the lines.
function group_lines.of(prefix, groups)
  local all = {}
  for _, group in ipairs(groups) do
    table.insert(all, prefix .. group)
  end
  return all
end

-- The entries from one place to another (from 1), by their scores, each as { conversation, score }. Of several
-- lines the places before are read, too: ask for the first few thousand only.
function group_lines.range(all, from, upto, is_newest_first)
  if #all == 1 then
    return entries_of(all[1], from, upto, is_newest_first)
  end
  local entries = {}
  for _, line in ipairs(all) do
    for _, entry in ipairs(entries_of(line, 1, upto, is_newest_first)) do
      table.insert(entries, entry)
    end
  end
  table.sort(entries, function(one, other)
    if one[2] == other[2] then
      return one[1] < other[1]
    end
    return (one[2] < other[2]) ~= (is_newest_first or false)
  end)
  return { unpack(entries, from, math.min(upto, #entries)) }
end

-- How many there are, up to a score.
function group_lines.count(all, upto)
  local count = 0
  for _, line in ipairs(all) do
    count = count + redis.call('ZCOUNT', line, '-inf', upto or '+inf')
  end
  return count
end

-- Take a conversation that has expired out of all of them.
function group_lines.remove(all, id)
  for _, line in ipairs(all) do
    redis.call('ZREM', line, id)
  end
end

return group_lines
