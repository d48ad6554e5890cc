-- Take a key of a wrong type out of the way.
--
-- ARGV: the key, the type that it must not have, the name that it gets, seconds that it is kept.
-- Returns 1, or 0 if it is of another type by now.
local key, wrong, aside, kept_s = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
if redis.call('TYPE', key).ok ~= wrong then
  return 0
end
redis.call('RENAME', key, aside)
redis.call('EXPIRE', aside, kept_s)
return 1
