-- A cost policy: from 22:00 to 06:00 UTC at most four burst replicas, unless requests are late.
--
--   policies:
--     - {type: lua, file: policies/night_ceiling.lua}

local MOST_AT_NIGHT = 4
local LATE_LIMIT = 0.02

function recommend(now)
  local hour = now.at % 86400 / 3600
  if hour >= 6 and hour < 22 then return {} end -- no opinion by day
  if not now.base then return {} end -- it is not known what the cluster can do
  if now.late and now.late > LATE_LIMIT then
    return {words = string.format("night, but %.1f %% are late: no ceiling", 100 * now.late)}
  end
  local cluster = now.base.ready + now.base.room + now.vms.ready
  return {
    ceiling = cluster + MOST_AT_NIGHT,
    words = string.format("night: %d on the cluster and %d more", cluster, MOST_AT_NIGHT),
  }
end
