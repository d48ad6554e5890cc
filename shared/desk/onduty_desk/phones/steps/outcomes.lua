-- Which outcomes of a step are final: it is not done again.
local words = require 'model'

local outcomes = {}

local FINAL = {
  [words.outcome.done] = true,
  [words.outcome.gone] = true,
  [words.outcome.given_up] = true,
  [words.outcome.unreachable] = true,
}

function outcomes.is_final(outcome)
  return FINAL[outcome]
end

return outcomes
