-- The clock that all scripts read, in ms.
local clock, integer = require 'lua'

return integer(clock.ms())
