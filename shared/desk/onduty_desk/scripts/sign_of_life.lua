-- Show that a process lives: for the health check of its host, and for those who count processes.
--
-- ARGV: the key of its service on this host, its own name, seconds until it counts as gone.
local key, name, gone_after_s = ARGV[1], ARGV[2], tonumber(ARGV[3])
local now = now_ms()
redis.call('SET', key, '1', 'EX', gone_after_s)
redis.call('ZADD', 'onduty:processes', ms(now), name)
redis.call('ZREMRANGEBYSCORE', 'onduty:processes', '-inf', ms(now - gone_after_s * 1000))
redis.call('EXPIRE', 'onduty:processes', gone_after_s)
return redis.status_reply('OK')
