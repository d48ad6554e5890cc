-- The order of urgency: the classes that phones and conversations stand in.

local urgency = {}

urgency.CLASSES = { 'urgent', 'normal', 'low', 'edits', 'boards' }
urgency.RANK = { urgent = 0, normal = 1, low = 2, edits = 3, boards = 4 }

-- A sorted-set score: urgency first, then age.
function urgency.score(priority, since_ms)
  return string.format('%.0f', urgency.RANK[priority] * 1e14 + since_ms)
end

function urgency.since_ms_of(score)
  return tonumber(score) % 1e14
end

function urgency.class_of(score)
  return urgency.CLASSES[math.floor(tonumber(score) / 1e14) + 1]
end

return urgency
