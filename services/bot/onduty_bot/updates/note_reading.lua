-- A bot reads updates: write down when, by Redis's own clock (not that of tests).
local keys = require 'model'

local time = redis.call('TIME')
return redis.call('SET', keys.heard, string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000)))
