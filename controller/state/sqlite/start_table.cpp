#include "controller/state/sqlite/start_table.hpp"

#include <fmt/format.h>

#include <string_view>
#include <vector>

#include "controller/core/start_times.hpp"

namespace spillway::state {

Result<StartTable> StartTable::open(Database& database) {
  auto insert{
      database.prepare("INSERT INTO start_sample (subscription, region, zone, priority, took) "
                       "VALUES (?, ?, ?, ?, ?)")};
  if (!insert) return insert.error();
  const std::string_view of_place{
      "FROM start_sample WHERE subscription = ?1 AND region = ?2 AND zone = ?3 AND priority = ?4"};
  auto trim{database.prepare(fmt::format(
      "DELETE {0} AND id <= (SELECT id {0} ORDER BY id DESC LIMIT 1 OFFSET ?5)", of_place))};
  if (!trim) return trim.error();
  auto read{database.prepare(fmt::format("SELECT took {}", of_place))};
  if (!read) return read.error();
  return StartTable{std::move(*insert), std::move(*trim), std::move(*read)};
}

Result<void> StartTable::write(const StartSample& sample) {
  const Place& place{sample.place};
  known_.erase(place);
  auto done{insert_.run(place.subscription, place.region, place.zone, to_string(place.priority),
                        sample.took)};
  if (!done) return done;
  return trim_.run(place.subscription, place.region, place.zone, to_string(place.priority),
                   std::int64_t{start_samples_kept});
}

Result<StartTimes> StartTable::times(const Place& place) {
  if (const auto found{known_.find(place)}; found != known_.end()) return found->second;
  std::vector<Duration> samples{};
  const auto read{read_.rows([&](Row& row) { samples.push_back(Duration{row.integer()}); },
                             place.subscription, place.region, place.zone,
                             to_string(place.priority))};
  if (!read) return read.error();
  return known_[place] = start_times_of(samples);
}

}  // namespace spillway::state
