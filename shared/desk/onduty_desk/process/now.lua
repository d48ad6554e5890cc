-- The clock that all scripts read, in ms.
local clock = require 'lua/clock'
local integer = require 'lua/integer'

return integer(clock.ms())
