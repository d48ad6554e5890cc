-- JSON of an event's parts.

local json = {}

-- A list with nothing in it: an empty table is an object.
json.EMPTY_LIST = {}

-- JSON of an event's parts. cjson would write an id above 10^14 as 1e+15: here a number is an
-- integer, exact up to 2^53, as Telegram's ids are. Names are sorted; a table with a first value is a list,
-- any other an object.
function json.of(value)
  if type(value) == 'number' then
    return string.format('%.0f', value)
  elseif type(value) ~= 'table' then
    return cjson.encode(value)
  elseif value == json.EMPTY_LIST then
    return '[]'
  elseif value[1] ~= nil then
    local values = {}
    for i, one in ipairs(value) do
      values[i] = json.of(one)
    end
    return '[' .. table.concat(values, ',') .. ']'
  end
  local names, parts = {}, {}
  for name in pairs(value) do
    table.insert(names, name)
  end
  table.sort(names)
  for _, name in ipairs(names) do
    table.insert(parts, cjson.encode(name) .. ':' .. json.of(value[name]))
  end
  return '{' .. table.concat(parts, ',') .. '}'
end

-- ISO 8601, in UTC, with milliseconds. (Days to a date: Howard Hinnant, "chrono-Compatible
-- Low-Level Date Algorithms"; scripts have no os.date.)
function json.iso(at_ms)
  local seconds = math.floor(at_ms / 1000)
  local days, time = math.floor(seconds / 86400) + 719468, seconds % 86400
  local era = math.floor(days / 146097)
  local of_era = days - era * 146097
  local year =
    math.floor((of_era - math.floor(of_era / 1460) + math.floor(of_era / 36524) - math.floor(of_era / 146096)) / 365)
  local of_year = of_era - (365 * year + math.floor(year / 4) - math.floor(year / 100))
  local month = math.floor((5 * of_year + 2) / 153)
  local day = of_year - math.floor((153 * month + 2) / 5) + 1
  month = month < 10 and month + 3 or month - 9
  year = year + era * 400 + (month <= 2 and 1 or 0)
  return string.format(
    '%04d-%02d-%02dT%02d:%02d:%02d.%03dZ',
    year,
    month,
    day,
    math.floor(time / 3600),
    math.floor(time / 60) % 60,
    time % 60,
    at_ms % 1000
  )
end

return json
