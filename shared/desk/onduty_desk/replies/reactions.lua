-- What became of a reply, as the bot's reaction on the operator's own message. Only the newest is sent.
local clock, integer = require 'lua'
local keys, words = require 'model'

local reactions = {}

-- Longer than any answer is known: whoever is to show it may be away for long.
reactions.KEPT_S = 30 * 86400

-- Shown is what nobody knows: it differs from each reaction, and from none.
reactions.UNKNOWN = '?'

local EMOJI = {
  [words.reply_state.sending] = '👀',
  [words.reply_state.delivered] = '👍',
  [words.reply_state.read] = '👌',
  [words.reply_state.failed] = '😢',
}

-- The reaction to a state; '' is none.
function reactions.to(state)
  return EMOJI[state] or ''
end

-- Have it shown. What a backend mostly confirms at once is shown only if it does not. While a reaction is
-- on its way, the newer one waits for it: they could arrive in the other order.
local SKIPPED_MS = 250
function reactions.show(place, state)
  if redis.call('HEXISTS', keys.reply .. place, 'reacting') == 1 then
    redis.call('ZADD', keys.reactions, 'NX', integer(clock.ms()), place)
  else
    local wait_ms = state == words.reply_state.sending and SKIPPED_MS or 0
    redis.call('ZADD', keys.reactions, integer(clock.ms() + wait_ms), place)
  end
  redis.call('EXPIRE', keys.reactions, reactions.KEPT_S)
end

return reactions
