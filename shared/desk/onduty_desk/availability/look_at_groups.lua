-- Look at each group, once a second: customers who wait and nobody is there, and what a backend may know.
--
-- ARGV: whose turn it is as mend_clock.lua says ('five': everything is written, whatever has changed), for
-- how many seconds that is kept, most conversations, the groups.
-- Returns { '1' if it is to be called again now or '0', what went wrong with a group, each as { group,
-- error } }.
local availability, public, reachable, unattended = require 'availability'
local isolate = require 'lua'
local keys = require 'model'

local turn, kept_s, most = ARGV[1], ARGV[2], tonumber(ARGV[3])
local known, is_more, wrong = {}, false, {}

local function look(group)
  if #availability.of_group(group) > 0 then
    unattended.is_over(group)
  else
    is_more = unattended.look(group, most) or is_more
  end
  public.write(group, kept_s, turn == 'five')
end

reachable.try_again()
for i = 4, #ARGV do
  known[ARGV[i]] = true
  local answer = isolate.call(look, ARGV[i])
  if answer then
    table.insert(wrong, { ARGV[i], answer })
  end
end
for _, group in ipairs(redis.call('HKEYS', keys.unattended)) do
  if not known[group] then
    unattended.is_over(group) -- it is no group of the desk any more
  end
end
return { is_more and '1' or '0', wrong }
