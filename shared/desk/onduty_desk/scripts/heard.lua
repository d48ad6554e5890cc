-- A bot reads updates: write down when, by Redis's own clock (not that of tests).
local time = redis.call('TIME')
return redis.call('SET', 'onduty:heard', string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000)))
