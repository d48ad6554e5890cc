-- A number as Redis and Telegram write integers: cjson and tostring would write 1e+15.

local function integer(value)
  return string.format('%.0f', value)
end

return integer
