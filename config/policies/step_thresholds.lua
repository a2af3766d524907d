-- Steps on thresholds, as many clouds offer them: above 80 % utilization two replicas more, above
-- 95 % five, below 40 % one fewer. Remembers when it stepped and to what, and waits a minute between
-- two steps.
--
--   policies:
--     - {type: lua, file: policies/step_thresholds.lua, reads: [utilization]}

local WAIT = 60

local function step_for(utilization)
  if utilization > 0.95 then return 5 end
  if utilization > 0.80 then return 2 end
  if utilization < 0.40 then return -1 end
  return 0
end

function recommend(now)
  -- Missing is not zero: who cannot see asks to hold.
  if not now.utilization or not now.total then
    return {hold = true, words = "no utilization", memory = now.memory}
  end
  -- Its own count, not the last decision's: what others hold for a while is not asked for anew.
  local wanted = now.memory[2] or now.total
  local stepped_at = now.memory[1] or 0
  local step = step_for(now.utilization)
  if step == 0 or now.at - stepped_at < WAIT then
    return {floor = wanted, words = "between two steps", memory = {stepped_at, wanted}}
  end
  -- What was asked for beyond what runs or starts is held back by limits: no step goes on from there.
  local floor = math.max(0, math.min(wanted, now.total) + step)
  if step > 0 then floor = math.max(floor, wanted) end
  return {
    floor = floor,
    words = string.format("%.0f %%: a step of %+d", 100 * now.utilization, step),
    memory = {now.at, floor},
  }
end
