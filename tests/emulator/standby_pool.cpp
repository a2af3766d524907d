#include "tests/emulator/standby_pool.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "tests/emulator/json_at.hpp"
#include "tests/emulator/shape.hpp"
#include "tests/emulator/text.hpp"

namespace spillway::emulator {
namespace {

namespace json = boost::json;

constexpr int pool_capacity_max{2000};

ArmError required(const std::string& path) {
  return bad_request("InvalidRequestContent",
                     fmt::format("The request content was invalid: '{}' is required.", path), path);
}

json::object counts(const StandbyPool& pool, const std::string& zone, TimePoint now) {
  int creating{0}, running{0};
  for (const StandbyMember& member : pool.members) {
    if (member.zone == zone) ++(member.ready <= now ? running : creating);
  }
  // Drained members are not told apart by zone: the first one shows them.
  const bool first{pool.zones.empty() || zone == pool.zones.front()};
  const auto deleting{first ? std::count_if(pool.deleting.begin(), pool.deleting.end(),
                                            [&](TimePoint gone) { return gone > now; })
                            : 0};
  json::object shown{
      {"instanceCountsByState", json::array{{{"state", "Creating"}, {"count", creating}},
                                            {{"state", "Running"}, {"count", running}},
                                            {{"state", "Deleting"}, {"count", deleting}}}}};
  if (!zone.empty()) shown["zone"] = std::stoi(zone);
  return shown;
}

/// The service predicts demand; we say that each hour will be as the same one was half a day ago.
json::object prediction(const StandbyPool& pool, TimePoint now, const std::string& shown_now) {
  std::array<int, 12> hours{};
  for (const TimePoint taken : pool.taken) {
    const auto ago{std::chrono::duration_cast<std::chrono::hours>(now - taken).count()};
    if (ago >= 0 && ago < 12) ++hours[static_cast<std::size_t>(11 - ago)];
  }
  json::array values;
  for (const int count : hours) values.push_back(count);
  return {
      {"forecastValues", {{"instancesRequestedCount", std::move(values)}}},
      {"forecastStartTime", shown_now},
      {"forecastInfo", fmt::format(R"({{"forecastAccuracy": 0, "seriesUnitIntervalInMins": 60, )"
                                   R"("instancesRequestedCount_recentHistory": "[{}]"}})",
                                   fmt::join(hours, ", "))}};
}

}  // namespace

Outcome<StandbyPool> read_standby_pool(const json::value& body) {
  auto conformed{conform(body, standby_pool_shape(), "")};
  if (!conformed) return conformed.error();
  StandbyPool pool;
  pool.definition = std::move(conformed->as_object());
  pool.region = region_name(text_at(pool.definition, "location"));
  if (pool.region.empty()) {
    return bad_request("LocationRequired", "The location property is required for this definition.",
                       "location");
  }
  const auto capacity{number_at(pool.definition, "properties/elasticityProfile/maxReadyCapacity")};
  if (!capacity) return required("properties.elasticityProfile.maxReadyCapacity");
  if (*capacity < 0 || *capacity > pool_capacity_max) {
    return bad_request("InvalidParameter",
                       fmt::format("'maxReadyCapacity' must be 0 to {}.", pool_capacity_max),
                       "properties.elasticityProfile.maxReadyCapacity");
  }
  pool.capacity = static_cast<std::size_t>(*capacity);
  pool.profile = lower_text(
      text_at(pool.definition, "properties/containerGroupProperties/containerGroupProfile/id"));
  if (pool.profile.empty()) {
    return required("properties.containerGroupProperties.containerGroupProfile.id");
  }
  pool.revision = static_cast<int>(
      number_at(pool.definition,
                "properties/containerGroupProperties/containerGroupProfile/revision")
          .value_or(0));
  for (const json::value& zone : array_at(pool.definition, "properties/zones")) {
    if (zone != "1" && zone != "2" && zone != "3") {
      return bad_request("InvalidZones", "The zones are '1', '2' and '3'.", "properties.zones");
    }
    pool.zones.emplace_back(zone.get_string());
  }
  json::object& elasticity{
      pool.definition.at("properties").as_object().at("elasticityProfile").as_object()};
  if (!elasticity.contains("refillPolicy")) elasticity["refillPolicy"] = "always";
  return pool;
}

json::object show_standby_pool(const StandbyPool& pool, TimePoint now) {
  json::object shown{{"id", pool.name.id()}, {"name", pool.name.name}, {"type", standby_pool_type}};
  for (const auto& [key, value] : pool.definition) shown[key] = value;
  shown.at("properties").as_object()["provisioningState"] =
      now < pool.settled ? "Updating" : "Succeeded";
  return shown;
}

json::object show_runtime_view(const StandbyPool& pool, TimePoint now,
                               const std::string& shown_now) {
  json::array summary;
  for (const std::string& zone : pool.zones) summary.push_back(counts(pool, zone, now));
  if (pool.zones.empty()) summary.push_back(counts(pool, "", now));
  const bool degraded{pool.degraded_until && now < *pool.degraded_until};
  return {
      {"id", pool.name.id() + "/runtimeViews/latest"},
      {"name", "latest"},
      {"type", fmt::format("{}/runtimeViews", standby_pool_type)},
      {"properties",
       {{"instanceCountSummary", std::move(summary)},
        {"status",
         {{"code", degraded ? "HealthState/degraded" : "HealthState/healthy"},
          {"message", degraded ? "The pool is degraded: instances could not be created. Creation "
                                 "is paused for 30 seconds."
                               : "The pool is healthy."}}},
        {"provisioningState", "Succeeded"},
        {"prediction", prediction(pool, now, shown_now)}}}};
}

std::string emptiest_zone(const StandbyPool& pool) {
  std::string best;
  std::ptrdiff_t fewest{0};
  for (const std::string& zone : pool.zones) {
    const auto count{std::count_if(pool.members.begin(), pool.members.end(),
                                   [&](const StandbyMember& m) { return m.zone == zone; })};
    if (best.empty() || count < fewest) {
      best = zone;
      fewest = count;
    }
  }
  return best;
}

std::optional<StandbyMember> take_member(StandbyPool& pool, const std::string& zone,
                                         TimePoint now) {
  auto best{pool.members.end()};
  for (auto member{pool.members.begin()}; member != pool.members.end(); ++member) {
    if (member->ready > now || (!zone.empty() && member->zone != zone)) continue;
    if (best == pool.members.end() || member->ready < best->ready) best = member;
  }
  if (best == pool.members.end()) return std::nullopt;
  const StandbyMember taken{*best};
  pool.members.erase(best);
  std::erase_if(pool.taken, [&](TimePoint at) { return at < now - std::chrono::hours{12}; });
  pool.taken.push_back(now);
  return taken;
}

}  // namespace spillway::emulator
