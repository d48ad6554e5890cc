-- What the rules of a group with the routing `assigned` make of a waiting conversation: the desk offers it to
-- one operator after the other. What has rung in waves, or its whole group, is for all whom it has rung.
local group_rules = require 'roster'
local words = require 'model'

local assignment_rules = {}

function assignment_rules.is_rule_of(group)
  return group_rules.of(group).routing == 'assigned'
end

function assignment_rules.is(conversation)
  return conversation.state == words.state.waiting
    and not conversation.rung
    and assignment_rules.is_rule_of(conversation.group)
end

-- How many seconds somebody has to answer.
function assignment_rules.accept_within(conversation)
  return group_rules.of(conversation.group).accept_within
end

-- Whether the desk has offered it to somebody, and no colleague.
function assignment_rules.is_offered(conversation)
  return conversation.pass_to ~= nil and conversation.pass_by == ''
end

-- The one operator who can take it while it is offered to them; nil if others can.
function assignment_rules.kept_for(conversation)
  return assignment_rules.is_offered(conversation) and assignment_rules.is(conversation) and conversation.pass_to or nil
end

return assignment_rules
