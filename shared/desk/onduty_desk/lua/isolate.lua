-- One entry of several in a call: what goes wrong with it is its own answer, not that of all.

local isolate = {}

-- What Redis says of its own state is about all entries.
local STATES = {
  OOM = true,
  READONLY = true,
  MISCONF = true,
  NOREPLICAS = true,
  LOADING = true,
  BUSY = true,
  MASTERDOWN = true,
  CLUSTERDOWN = true,
  NOPERM = true,
  NOAUTH = true,
}

local function is_about_all(told)
  return STATES[string.match(told, '^%-?(%u+)')]
    or string.find(told, 'ACL failure in script', 1, true)
    or string.find(told, "The user executing the script can't", 1, true)
end

function isolate.reason_of(raised)
  local told = type(raised) == 'table' and raised.err or tostring(raised)
  if is_about_all(told) then
    error(raised, 0)
  end
  return told
end

-- A key that somebody else has overwritten with another type: the dispatcher is told, who moves it
-- out of the way (see wrong_types.py). Until then what needs it is put off.
isolate.WRONG_TYPE_PAUSE_MS = 1000
function isolate.is_of_wrong_type(told)
  return string.find(told, 'WRONGTYPE', 1, true) ~= nil
end

-- What keys of a wrong type have said in this call.
function isolate.begin()
  isolate.wrong_types = {}
end

function isolate.note_wrong_type(reason)
  table.insert(isolate.wrong_types, reason)
end

function isolate.call(step, ...)
  local went_well, answer = pcall(step, ...)
  return went_well and answer or not went_well and redis.error_reply(isolate.reason_of(answer)) or nil
end

return isolate
