-- Stays ready for the highest load of the last ten minutes, plus a tenth: for loads that come back
-- as quickly as they went. The memory is a list of numbers: a minute and its peak, ten times.
--
--   policies:
--     - {type: lua, file: policies/recent_peak.lua, reads: [load]}

local PER_REPLICA = 7 -- requests per second: 70 % of what one can do
local MINUTES = 10

function recommend(now)
  if not now.load then
    return {hold = true, words = "no load", memory = now.memory}
  end
  local minute = now.at // 60
  local kept, peak = {}, now.load
  for i = 1, #now.memory, 2 do
    local at, load = now.memory[i], now.memory[i + 1]
    if at == minute then
      peak = math.max(peak, load)
    elseif at > minute - MINUTES then
      table.insert(kept, at)
      table.insert(kept, load)
    end
  end
  table.insert(kept, minute)
  table.insert(kept, peak)
  for i = 2, #kept, 2 do peak = math.max(peak, kept[i]) end
  return {
    floor = math.ceil(1.1 * peak / PER_REPLICA),
    words = string.format("%.0f req/s at most within %d minutes", peak, MINUTES),
    memory = kept,
  }
end
