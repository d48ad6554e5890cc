-- Show that a process lives: for the health check of its host, and for those who count processes.
--
-- ARGV: the key of its service on this host, its own name, seconds until it counts as gone.
local clock, integer = require 'lua'
local keys = require 'model'

local key, name, gone_after_s = ARGV[1], ARGV[2], tonumber(ARGV[3])
local now = clock.ms()
redis.call('SET', key, '1', 'EX', gone_after_s)
redis.call('ZADD', keys.processes, integer(now), name)
redis.call('ZREMRANGEBYSCORE', keys.processes, '-inf', integer(now - gone_after_s * 1000))
redis.call('EXPIRE', keys.processes, gone_after_s)
return redis.status_reply('OK')
