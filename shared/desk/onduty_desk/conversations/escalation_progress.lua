-- How far the escalation of a conversation is: the steps that the rules of its group ask for while the
-- customer waits, those that are done, and the next one. See escalation_steps.lua, which does them.
--
-- A step is known by its group, priority and target, and by its place among those that have all three, so
-- that one which is done stays done when the rules change, and one that is moved keeps its place.
local conversations, people_clock = require 'conversations'
local clock, integer, urgency = require 'lua'
local group_rules = require 'roster'
local keys, words = require 'model'

local escalation_progress = {}

-- The place among those that are due of one that goes by other steps now: its cards name another next step.
escalation_progress.BY_OTHER_STEPS = 1

-- What is known of this waiting period: of which one it is, the priorities whose steps have begun, and the
-- steps that are done, the last one last.
local function record_of(conversation)
  local known = conversation.escalation and cjson.decode(conversation.escalation)
  if known and known.of == conversation.waiting_since_ms then
    return known
  end
  return { of = conversation.waiting_since_ms or '0', begun = {}, done = {} }
end

local function steps_of(group)
  local json = group and group_rules.of(group).escalation or '[]'
  return json == '[]' and {} or cjson.decode(json)
end

-- Whether the rules of its group have any step.
function escalation_progress.is_any(conversation)
  return #steps_of(conversation.group) > 0
end

-- Whether its customer waits: what somebody owns, has answered or closed does not escalate.
function escalation_progress.waits(conversation)
  return conversation.group ~= nil and conversation.state == words.state.waiting and not conversation.answered
end

-- Whether the steps of its priority are done. A raise begins those of the new one; a fall begins none.
local function has_begun(record, priority)
  local is_fall = false
  for _, begun in ipairs(record.begun) do
    if begun == priority then
      return true
    end
    is_fall = is_fall or urgency.RANK[begun] < urgency.RANK[priority]
  end
  return not is_fall
end

-- A conversation is moved into each group once, and into none that there is not any more.
local function can_be_moved(record, from, group)
  for _, step in ipairs(record.done) do
    if step.to == 'group:' .. group then
      return false
    end
  end
  return group ~= from and redis.call('HEXISTS', keys.group_rules, group) == 1
end

-- The next step, as { priority =, after =, to = }; nil if there is none.
function escalation_progress.next(conversation)
  local group, priority, record = conversation.group, conversation.priority or 'normal', record_of(conversation)
  local steps = steps_of(group)
  if #steps == 0 or not has_begun(record, priority) then
    return nil
  end
  local done = {}
  for _, step in ipairs(record.done) do
    if step.group == group and step.priority == priority then
      done[step.to] = (done[step.to] or 0) + 1
    end
  end
  for _, step in ipairs(steps) do
    local target, is_done = string.match(step.to, '^group:(.*)$'), (done[step.to] or 0) > 0
    if step.priority == priority and is_done then
      done[step.to] = done[step.to] - 1
    elseif step.priority == priority and (not target or can_be_moved(record, group, target)) then
      return step
    end
  end
end

-- When a step is due, by the clock of people: it counts from when the customer began to wait. (A version
-- before this one does not write down how that clock stood then.)
function escalation_progress.due_ms(conversation, step)
  local since_ms = tonumber(conversation.waiting_since_ms or clock.ms())
  local stopped_ms = tonumber(conversation.waiting_stopped_ms or people_clock.stopped_ms())
  return since_ms - stopped_ms + 1000 * step.after
end

-- Write down that a step is done.
function escalation_progress.note(id, conversation, step)
  local record = record_of(conversation)
  table.insert(record.done, {
    group = conversation.group,
    priority = step.priority,
    to = step.to,
    at_ms = integer(clock.ms()),
  })
  conversations.write(id, { escalation = cjson.encode(record) })
end

-- Write down that the steps of its priority have begun, with the first that there are.
function escalation_progress.begin_steps(id, conversation)
  local priority, record = conversation.priority or 'normal', record_of(conversation)
  for _, begun in ipairs(record.begun) do
    if begun == priority then
      return
    end
  end
  if has_begun(record, priority) then
    table.insert(record.begun, priority)
    conversations.write(id, { escalation = cjson.encode(record) })
  end
end

-- Whether a step has rung the whole group already, while the customer has waited there.
function escalation_progress.has_rung_all(conversation)
  for _, step in ipairs(record_of(conversation).done) do
    if step.to == 'group' and step.group == conversation.group then
      return true
    end
  end
  return false
end

-- What a card says of it: the last step that is done and when that was, and the next and when that is
-- due, both by Redis's clock; '' and 0 where there is none.
function escalation_progress.shown(conversation)
  if
    not escalation_progress.waits(conversation)
    or not (conversation.escalation or escalation_progress.is_any(conversation))
  then
    return '', 0, '', 0
  end
  local done = record_of(conversation).done
  local last, step = done[#done], escalation_progress.next(conversation)
  local due_ms = step and escalation_progress.due_ms(conversation, step) + people_clock.stopped_ms() or 0
  return last and last.to or '', last and tonumber(last.at_ms) or 0, step and step.to or '', due_ms
end

return escalation_progress
