-- Hashes of Redis as one call works on them: what is read is kept, and what is changed is written at the
-- end of the call, in one command a key. The hashes that many phones share are read once a call so, and
-- those of one phone are written once.
--
-- Whatever reads or writes such a key goes through here; redis.call would not see a change before the
-- end, see the test of the schema.
local integer = require 'lua'

local hash = {}

local MOST_ARGUMENTS = 1000

-- By key: what is known of its fields (false: it is not there), whether that is all of them, which have
-- changed, and how long it is to last.
local records, touched

function hash.begin()
  records, touched = {}, {}
end

local function record_of(key)
  local record = records[key]
  if not record then
    record = { fields = {} }
    records[key] = record
  end
  return record
end

-- A field's value, or nil or false.
function hash.get(key, field)
  local record = records[key] or record_of(key)
  local value = record.fields[field]
  if value == nil and not record.is_whole then
    value = redis.call('HGET', key, field)
    record.fields[field], record.is_read = value, true
  end
  return value
end

-- Read the same fields of a hash for many at once. What cannot be read raises where it is used.
function hash.read_ahead(key, fields)
  local record, unknown = record_of(key), {}
  for _, field in ipairs(fields) do
    if record.fields[field] == nil and not record.is_whole then
      unknown[#unknown + 1] = field
    end
  end
  for from = 1, #unknown, MOST_ARGUMENTS do
    local to = math.min(from + MOST_ARGUMENTS - 1, #unknown)
    local can_be_read, values = pcall(redis.call, 'HMGET', key, unpack(unknown, from, to))
    for i = from, can_be_read and to or 0 do
      record.fields[unknown[i]], record.is_read = values[i - from + 1], true
    end
  end
end

local function read_all(key)
  local record = records[key] or record_of(key)
  if not record.is_whole then
    local flat, fields = redis.call('HGETALL', key), {}
    for i = 1, #flat, 2 do
      fields[flat[i]] = flat[i + 1]
    end
    for field in pairs(record.changed or {}) do
      fields[field] = record.fields[field] or nil
    end
    record.fields, record.is_whole, record.is_read = fields, true, true
  end
  return record
end

-- All fields by their names, as they are until the hash changes.
function hash.now(key)
  return read_all(key).fields
end

-- The same, which stays as it is when the hash changes.
function hash.all(key)
  local record = read_all(key)
  record.is_shown = true
  return record.fields
end

-- A key is read before it is written: one of another type raises here, and not at the end.
local function record_to_change(key, field)
  local record = records[key] or record_of(key)
  if not record.is_read then
    hash.get(key, field)
  end
  if record.is_shown then
    local fields = {}
    for name, value in pairs(record.fields) do
      fields[name] = value
    end
    record.fields, record.is_shown = fields, false
  end
  if record.changed then
    record.changed[field] = true
  else
    record.changed = { [field] = true }
    touched[#touched + 1] = key
  end
  return record
end

function hash.set(key, field, value)
  record_to_change(key, field).fields[field] = type(value) == 'number' and integer(value) or value
end

local function remove(key, field)
  if not hash.get(key, field) then
    return 0
  end
  local record = record_to_change(key, field)
  record.fields[field] = nil
  if not record.is_whole then
    record.fields[field] = false
  end
  return 1
end

-- Returns how many of the fields were there.
function hash.remove(key, field, ...)
  local removed = remove(key, field)
  for i = 1, select('#', ...) do
    removed = removed + remove(key, (select(i, ...)))
  end
  return removed
end

-- Add to a number. Returns what it is then.
function hash.add(key, field, by)
  local value = tonumber(hash.get(key, field) or 0) + by
  hash.set(key, field, value)
  return value
end

local function call_with(command, key, arguments)
  if #arguments <= MOST_ARGUMENTS then
    redis.call(command, key, unpack(arguments))
  else
    for from = 1, #arguments, MOST_ARGUMENTS do
      redis.call(command, key, unpack(arguments, from, math.min(from + MOST_ARGUMENTS - 1, #arguments)))
    end
  end
end

local function write(key)
  local record = record_of(key)
  if record.changed then
    local fields, set, removed = record.fields, {}, nil
    for field in pairs(record.changed) do
      local value = fields[field]
      if value then
        set[#set + 1], set[#set + 2] = field, value
      else
        removed = removed or {}
        removed[#removed + 1] = field
      end
    end
    record.changed = nil
    if set[1] then
      call_with('HSET', key, set)
    end
    if removed then
      call_with('HDEL', key, removed)
    end
  end
  if record.lasts_s then
    redis.call('EXPIRE', key, record.lasts_s)
    record.lasts_s = nil
  end
end

-- The names of the fields.
function hash.fields(key)
  write(key)
  return redis.call('HKEYS', key)
end

function hash.exists(key)
  local record = record_of(key)
  for _, value in pairs(record.fields) do
    if value then
      return true
    end
  end
  return not record.is_whole and redis.call('EXISTS', key) == 1
end

-- Whether it has no field (any more).
function hash.is_empty(key)
  write(key)
  return redis.call('EXISTS', key) == 0
end

function hash.delete(key)
  redis.call('DEL', key)
  records[key] = { fields = {}, is_whole = true, is_read = true }
end

-- How long it lives still, in seconds; as Redis says it: -1 for ever, -2 if there is none.
function hash.ttl(key)
  local record = record_of(key)
  record.ttl = record.ttl or redis.call('TTL', key)
  return record.ttl
end

-- Let it live so long from now on.
function hash.expire(key, seconds)
  local record = record_of(key)
  record.ttl, record.lasts_s = seconds, seconds
  touched[#touched + 1] = key
end

-- Write all that has changed; what cannot be written keeps nothing else from it.
function hash.finish()
  local has_failed, why
  for _, key in ipairs(touched) do
    local went_well, raised = pcall(write, key)
    if not went_well and not has_failed then
      has_failed, why = true, raised
    end
  end
  if has_failed then
    error(why, 0)
  end
end

return hash
