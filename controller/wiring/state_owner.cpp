#include "controller/wiring/state_owner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "controller/loop/standby_keeper.hpp"

namespace spillway::wiring {
namespace {

constexpr const char* owner_key{"owner"};
constexpr std::size_t owner_length_max{256};
/// A pool is looked at four times a minute, and each look moves the end of its bill; a journal has
/// an entry at least every few minutes. So one that ended long before the last entry has gone.
constexpr Duration pool_bill_lag{std::chrono::minutes{10}};

/// Workloads whose standby pool was on the bill when the last run ended.
Result<std::size_t> pools_left(Store& store) {
  const auto last{store.journal({.limit = 1})};
  if (!last) return last.error();
  if (last->empty()) return 0U;
  const TimePoint since{last->front().at - pool_bill_lag};
  const auto records{store.groups({.since = since})};
  if (!records) return records.error();
  std::set<std::string> seen{};
  std::size_t left{0};
  for (const GroupRecord& record : *records) {  // the newest first
    const bool is_last{is_standby_bill(record) && seen.insert(record.workload).second};
    if (!is_last || is_removed_standby(record)) continue;
    if (record.billed_until && *record.billed_until >= since) ++left;
  }
  return left;
}

std::string counted(std::size_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

Result<void> check_nothing_left(const std::string& before, const settings::Config& config,
                                Store& store) {
  const auto groups{store.open_groups()};
  if (!groups) return groups.error();
  const auto pools{pools_left(store)};
  if (!pools) return pools.error();
  if (groups->empty() && *pools == 0) return {};
  std::string what{};
  if (!groups->empty()) what = counted(groups->size(), "group") + " that may run";
  if (*pools > 0) what += (what.empty() ? "" : " and ") + counted(*pools, "standby pool");
  return Error{
      Errc::bad_request,
      fmt::format("owner: {} holds {} of owner '{}', which '{}' would never touch again while "
                  "Azure charges for them; put `owner: {}` back, let them go (`spillway drain`, "
                  "or stop with `on_stop: drain`), and change it then; or name another "
                  "state.directory, and remove them by `spillway sweep --without-state` with the "
                  "old owner",
                  config.state.directory, what, before, config.owner, before)};
}

}  // namespace

Result<void> claim_state(const settings::Config& config, Store& store, TimePoint now) {
  if (config.owner.empty()) return {};
  const auto kept{store.kept(owner_key)};
  if (!kept) return with_context("reading the owner of the state", kept.error());
  const std::string before{*kept ? (*kept)->text.substr(0, owner_length_max) : std::string{}};
  if (before == config.owner) return {};
  if (!before.empty()) {
    if (const auto free{check_nothing_left(before, config, store)}; !free) return free.error();
  }
  StateBatch batch{};
  batch.kept.push_back({.key = owner_key, .text = config.owner, .at = now});
  return store.write(batch);
}

}  // namespace spillway::wiring
