-- What is to be done about a phone's board next; the phone has nothing else to do.
local board_contents, boards = require 'boards'
local clock, hash, isolate = require 'lua'
local aside = require 'phones'
local keys, words = require 'model'

local next_board = {}

local MOST_UNKNOWNS = 2 -- each may have left a board behind whose id nobody knows

local function step_of(chat, what, view, messages)
  local language = hash.get(keys.board .. chat, 'language')
  view.now_ms = clock.ms()
  return {
    what = what,
    id = '',
    conversation = {},
    copy = { language = language or nil },
    messages = messages or {},
    is_whole = true,
    view = cjson.encode(view),
  }
end

local function first_of(list)
  return list and cjson.decode(list)[1]
end

local function view_of(contents, message)
  return {
    message = message and tonumber(message) or cjson.null,
    yours = contents.yours,
    waiting = contents.waiting,
    since_ms = contents.since_ms,
    is_old = contents.is_old,
    paused_until_ms = contents.paused_until_ms,
    is_as = contents.is_as,
  }
end

local function view_of_message(message)
  return { message = message, yours = 0, waiting = 0, since_ms = 0, is_old = false, is_as = '' }
end

-- Send it, under the name of the lease, once it has a slot: that is written down before, so that a sender
-- who dies is known of.
local function send(chat, token, board, contents)
  local key = keys.board .. chat
  local unknowns = tonumber(board.unknowns or 0)
  if board.attempt then
    unknowns = hash.add(key, 'unknowns', 1)
    hash.remove(key, 'attempt')
  end
  if unknowns >= MOST_UNKNOWNS then
    boards.forget(chat)
    return nil
  end
  local step = step_of(chat, words.step.send_board, view_of(contents), board_contents.messages(contents))
  function step.begin()
    hash.set(key, 'attempt', token)
    hash.remove(key, 'is_stale')
  end
  return step
end

local function find(chat, token, language)
  local key = keys.board .. chat
  if not language then
    boards.take_away(chat)
  end
  local board = hash.all(key)
  local removed, retired = first_of(board.remove), first_of(board.retire)
  if removed or retired then
    return step_of(
      chat,
      removed and words.step.delete_board or words.step.retire_board,
      view_of_message(removed or retired)
    )
  end
  local step
  if board.wanted and language then
    local contents = board_contents.of(chat, boards.groups(chat))
    if not board.message then
      step = send(chat, token, board, contents)
    elseif not board.pinned then
      step = step_of(chat, words.step.pin_board, view_of_message(tonumber(board.message)))
    elseif board.shown ~= contents.is_as or board.language ~= language then
      local is_held = clock.is_within(tonumber(board.touched_ms or 0), boards.EVERY_MS)
      if is_held then
        hash.set(key, 'is_stale', '1')
      else
        hash.remove(key, 'is_stale')
        step = step_of(chat, words.step.edit_board, view_of(contents, board.message), board_contents.messages(contents))
      end
    else
      hash.remove(key, 'is_stale')
    end
  end
  if not step then
    boards.arrange(chat)
    local at = hash.get(keys.chat .. chat, 'board_at_ms')
    return nil, at and tonumber(at) or clock.ms()
  end
  return step
end

-- The next step about a board; or nil, and until when it is held, if it is. `language` is that of an
-- operator on duty, else false. A record that nothing can be made of is set aside alone.
function next_board.of(chat, token, language)
  local went_well, step, held_ms = pcall(find, chat, token, language)
  if went_well then
    return step, held_ms
  elseif isolate.is_of_wrong_type(isolate.reason_of(step)) then
    error(step, 0)
  end
  aside.step(chat, '', words.step.edit_board, {}, isolate.reason_of(step))
  return nil, clock.ms()
end

return next_board
