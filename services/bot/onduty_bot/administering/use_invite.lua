-- Use an invite: of several at the same moment one wins.
--
-- ARGV: update, the hash of the token, operator id, name, language, the fingerprints of all groups' phrases as a
-- JSON object.
-- Returns { 'new' | 'joined', group, the id of the admin who invited }, { 'already', group, … } (in that group
-- before: it can still be used), or { 'invalid' }; the same update once more returns the same and changes
-- nothing.
local clock, once = require 'lua'
local actions, joining, operators, phrases = require 'roster'
local keys, words = require 'model'

local update, hash, id, name, language, fingerprints = unpack(ARGV)
local decision, key = update .. ':use-invite', keys.invite .. hash
local before = once.decided(decision)
if before then
  return before
end
local json = redis.call('GET', key)
local invite = json and cjson.decode(json)

-- With the phrase, what is let in by it ends: an invite, too. A new token of the bot ends none.
local function is_of_this_phrase()
  return cjson.decode(fingerprints)[invite.group] == invite.fingerprint
    or phrases.is_known(invite.group, invite.fingerprint)
end

if not invite or invite.until_ms <= clock.ms() or not is_of_this_phrase() then
  return once.decide(decision, { 'invalid' })
end
local admin = invite.admin.id
if operators.is_member(id, invite.group) then
  return once.decide(decision, { 'already', invite.group, admin })
end
redis.call('DEL', key)
redis.call('HDEL', keys.barred .. invite.group, id)
local came = joining.join(id, invite.group, invite.fingerprint, update, name, language)
actions.note({
  kind = words.action.joined,
  admin = invite.admin,
  whom = { id = id, name = name }, -- as a text: cjson rounds numbers as long as some ids
  groups = { invite.group },
})
return once.decide(decision, { came, invite.group, admin })
