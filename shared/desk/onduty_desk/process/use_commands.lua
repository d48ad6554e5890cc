-- Use commands that scripts and services need, on keys that nobody uses: what the Redis user may not do,
-- or not with such keys, is the error that is returned. What the commands write they delete.
--
-- ARGV: the commands as a JSON array of arrays.
local refused
for _, command in ipairs(cjson.decode(ARGV[1])) do
  local answer = redis.pcall(unpack(command))
  if type(answer) == 'table' and answer.err and not refused then
    refused = answer.err
  end
end
if refused then
  return redis.error_reply(refused)
end
return redis.status_reply('OK')
