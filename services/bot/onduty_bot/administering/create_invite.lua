-- Let whoever has a token join a group, once, until a time. Only the token's hash is kept.
--
-- ARGV: update, the hash, group, the fingerprint of its phrase, which admin invites, as JSON, for how long in ms.
-- Returns until when, in ms.
local clock, integer, once = require 'lua'
local actions = require 'roster'
local keys, words = require 'model'

local update, hash, group, fingerprint, admin, lasts_ms = unpack(ARGV)
local until_ms = clock.ms() + tonumber(lasts_ms)
local invite = { group = group, fingerprint = fingerprint, admin = cjson.decode(admin), until_ms = until_ms }
redis.call('SET', keys.invite .. hash, cjson.encode(invite), 'PX', lasts_ms)
-- Handled again after a crash, an update makes another token, which nobody has seen the first of.
if not once.decided(update .. ':invite') then
  actions.note({ kind = words.action.invite, admin = invite.admin, groups = { group } })
  once.decide(update .. ':invite', { 'made' })
end
return integer(until_ms)
