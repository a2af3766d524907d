// Scripts of users: any text is a policy or a problem, ends soon, and gives the same answer twice.

#include "policies/script/lua_policy.hpp"
#include "tests/fuzz/input.hpp"

namespace spillway::fuzz_lua {

SPILLWAY_FUZZ_TARGET(lua, data, size) {
  const LuaPolicy policy{{.source = std::string{fuzz::text(data, size)}}};
  Snapshot now{.taken_at = TimePoint{std::chrono::milliseconds{1'795'444'200'000}}};
  now.readings.set("load", Reading::fresh(70.0, now.taken_at));
  now.fleet.base = BasePool{.ready = {4}};
  now.fleet.burst.emplace();
  History past{};
  past.memories["lua"] = {1.0, 2.0};
  const Recommendation asked{policy.recommend(now, past)};
  SPILLWAY_ASSERT(asked.memory.numbers().size() <= LuaPolicy::most_kept);
  SPILLWAY_ASSERT(asked == policy.recommend(now, past));
  return 0;
}

}  // namespace spillway::fuzz_lua
