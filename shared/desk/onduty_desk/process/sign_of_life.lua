-- Show that a process lives, and whether it is ready: for the health checks of its host, and for those
-- who count processes.
--
-- ARGV: the keys by which the last release knows that a process of its service on this host is alive,
-- and why one is not; its own name; seconds until it counts as gone; its id; what is known of it as JSON;
-- why it is not ready, or ''; seconds for which one that is gone is remembered.
--
-- What it writes is { started_ms, seen_ms, and the JSON's own fields }.
local clock, integer = require 'lua'
local keys = require 'model'

local alive, unwell, name, gone_after_s, id = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[5]
local record, trouble, kept_s = cjson.decode(ARGV[6]), ARGV[7], tonumber(ARGV[8])
local now = clock.ms()
local before = redis.call('GET', keys.process .. id)
before = before and cjson.decode(before) or {}

if trouble ~= '' then
  redis.call('SET', unwell, trouble, 'EX', gone_after_s)
else
  redis.call('SET', alive, '1', 'EX', gone_after_s)
  if before.trouble and before.trouble ~= '' then
    redis.call('DEL', unwell)
  end
end
redis.call('ZADD', keys.processes, integer(now), name)
redis.call('ZREMRANGEBYSCORE', keys.processes, '-inf', integer(now - gone_after_s * 1000))
redis.call('EXPIRE', keys.processes, gone_after_s)

record.started_ms, record.seen_ms = before.started_ms or now, now
redis.call('SET', keys.process .. id, cjson.encode(record), 'EX', kept_s)
redis.call('ZADD', keys.process_ids, integer(now), id)
redis.call('ZREMRANGEBYSCORE', keys.process_ids, '-inf', integer(now - kept_s * 1000))
redis.call('EXPIRE', keys.process_ids, kept_s)
return redis.status_reply('OK')
