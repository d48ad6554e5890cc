-- Stands before every script of the desk, after the pace: the order of urgency, and what a script
-- promises to whoever calls it.
--
-- The desk's own rules, which all scripts read: ring_ms, nudge_ms, return_ms, first_ms, thumb_ms (see
-- onduty_desk.conversations.rules). A script that needs them takes them as its first argument.
local rules

local CLASSES = { 'urgent', 'normal', 'low', 'edits' }
local RANK = { urgent = 0, normal = 1, low = 2, edits = 3 }

local function now_ms()
  return math.floor(now_us() / 1000)
end

-- Whether a moment is less than so long ago. One to come was written before the clock was set back:
-- nobody waits for it.
local function is_within(since_ms, span_ms)
  local age = now_ms() - since_ms
  return age >= 0 and age < span_ms
end

-- A sorted-set score: urgency first, then age.
local function place(priority, since_ms)
  return string.format('%.0f', RANK[priority] * 1e14 + since_ms)
end

local function class_of(score)
  return CLASSES[math.floor(tonumber(score) / 1e14) + 1]
end

local function ms(value)
  return string.format('%.0f', value)
end

-- One entry of several in a call: what goes wrong with it is its own answer, not that of all. What
-- Redis says of its own state is about all of them.
local STATES = { OOM = true, READONLY = true, MISCONF = true, NOREPLICAS = true, LOADING = true,
  BUSY = true, MASTERDOWN = true, CLUSTERDOWN = true, NOPERM = true, NOAUTH = true }
local function is_about_all(told)
  return STATES[string.match(told, '^%-?(%u+)')]
    or string.find(told, 'ACL failure in script', 1, true)
    or string.find(told, "The user executing the script can't", 1, true)
end

local function reason_of(raised)
  local told = type(raised) == 'table' and raised.err or tostring(raised)
  if is_about_all(told) then
    error(raised)
  end
  return told
end

-- A key that somebody else has overwritten with another type: the dispatcher is told, who moves it
-- out of the way (see wrong_types.py). Until then what needs it is put off.
local WRONG_TYPE_PAUSE_MS = 1000
local function is_of_wrong_type(told)
  return string.find(told, 'WRONGTYPE', 1, true) ~= nil
end

local function alone(step, ...)
  local went_well, answer = pcall(step, ...)
  return went_well and answer or not went_well and redis.error_reply(reason_of(answer)) or nil
end

-- An update may be handled again after a crash and is then answered as it was the first time:
-- what was decided for it is remembered for as long as Telegram itself would deliver it again.
local function decided(update)
  local json = redis.call('GET', 'onduty:decided:' .. update)
  return json and cjson.decode(json)
end

local function decide(update, result)
  redis.call('SET', 'onduty:decided:' .. update, cjson.encode(result), 'EX', 86400)
  return result
end

-- Dispatchers look at the timetable now, and not only with their look each second. Whoever misses
-- the word finds what there is a second later.
local function wake_dispatchers()
  redis.call('PUBLISH', 'onduty:wake', '')
end
