-- A bot starts with these phrases. Several may start at once; the same call once more changes nothing.
--
-- ARGV: group → { check, fingerprint } as a JSON object, see known_phrases.py.
-- Returns group → all fingerprints of its phrase, as a JSON object.
local phrases = require 'roster'

local given, known = cjson.decode(ARGV[1]), {}
for group, one in pairs(given) do
  known[group] = phrases.recognise(group, one.check, one.fingerprint)
end
phrases.keep(given)
return cjson.encode(known)
