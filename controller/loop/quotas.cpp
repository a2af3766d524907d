#include "controller/loop/quotas.hpp"

#include <algorithm>
#include <cmath>

namespace spillway {

namespace {

constexpr Duration still_known{std::chrono::minutes{10}};
constexpr double rounding{1e-9};

int whole_cores(const GroupSize& size) {
  return std::max(1, static_cast<int>(std::ceil(size.vcpu - rounding)));
}

}  // namespace

std::optional<int> groups_that_fit(const std::vector<Usage>& rows, const GroupSize& size,
                                   Priority priority, bool is_confidential,
                                   const std::vector<GroupSize>& claimed) {
  int claimed_cores{0};
  for (const GroupSize& each : claimed) claimed_cores += whole_cores(each);
  std::optional<int> fewest{};
  for (const Usage& row : rows) {
    const bool is_cores{is_confidential
                            ? row.what == Usage::What::confidential_cores
                            : row.what == Usage::What::cores && row.priority == priority};
    if (row.what != Usage::What::groups && !is_cores) continue;
    const int each{is_cores ? whole_cores(size) : 1};
    const int more{is_cores ? claimed_cores : static_cast<int>(claimed.size())};
    const int fit{std::max(0, row.limit - row.used - more) / each};
    fewest = std::min(fit, fewest.value_or(fit));
  }
  return fewest;
}

Place Quotas::region_of(Place place) {
  place.zone.clear();
  return place;
}

void Quotas::note(const Place& place, std::vector<Usage> rows, TimePoint now) {
  readings_[region_of(place)] = {std::move(rows), now};
}

std::optional<int> Quotas::groups_left(const Place& place, const GroupSize& size, TimePoint now,
                                       bool is_confidential,
                                       const std::vector<GroupSize>& claimed) const {
  const auto found = readings_.find(region_of(place));
  if (found == readings_.end() || now - found->second.at > still_known) return std::nullopt;
  return groups_that_fit(found->second.rows, size, place.priority, is_confidential, claimed);
}

std::optional<TimePoint> Quotas::read_at(const Place& place) const {
  const auto found = readings_.find(region_of(place));
  if (found == readings_.end()) return std::nullopt;
  return found->second.at;
}

}  // namespace spillway
