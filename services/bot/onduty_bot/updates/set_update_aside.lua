-- Keep what came as an update and is none in the failed list. ARGV: failure id, failure as JSON.
-- Returns 1 if it is new there, 0 if it was there before.
local isolate = require 'lua'
local odd_keys = require 'onduty_bot/updates'
local keys = require 'model'

local is_new = isolate.call(redis.call, 'HEXISTS', keys.failures, ARGV[1]) == 0
odd_keys.set_aside(ARGV[1], ARGV[2])
return is_new and 1 or 0
