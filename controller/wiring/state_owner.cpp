#include "controller/wiring/state_owner.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "controller/loop/standby_keeper.hpp"
#include "controller/wiring/node_purse.hpp"

namespace spillway::wiring {
namespace {

constexpr const char* owner_key{"owner"};
constexpr std::size_t owner_length_max{256};
/// A pool is looked at four times a minute and the node's groups once, and each look moves the
/// instant up to which they are charged for; a journal has an entry at least every few minutes. So
/// what was last looked at long before the last entry has gone.
constexpr Duration bill_lag{std::chrono::minutes{10}};

/// What is on the bill without a record of its own that is open.
struct OnBill {
  std::size_t pools{0};  ///< workloads with a standby pool
  std::size_t pods{0};   ///< groups of the virtual node
};

/// Those on the bill when the last run ended.
Result<OnBill> left_on_bill(Store& store) {
  const auto last{store.journal({.limit = 1})};
  if (!last) return last.error();
  if (last->empty()) return OnBill{};
  const TimePoint since{last->front().at - bill_lag};
  const auto records{store.groups({.since = since})};
  if (!records) return records.error();
  std::set<std::string> seen{};
  OnBill left{};
  for (const GroupRecord& record : *records) {  // the newest first
    const bool is_recent{record.state.since >= since};
    if (is_on_node(record) && is_recent) ++left.pods;
    const bool is_last{is_standby_bill(record) && seen.insert(record.workload).second};
    if (is_last && !is_ended_standby(record) && is_recent) ++left.pools;
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
  const auto on_bill{left_on_bill(store)};
  if (!on_bill) return on_bill.error();
  std::vector<std::string> what{};
  if (!groups->empty()) what.push_back(counted(groups->size(), "group") + " that may run");
  if (on_bill->pods > 0) what.push_back(counted(on_bill->pods, "pod") + " on the virtual node");
  if (on_bill->pools > 0) what.push_back(counted(on_bill->pools, "standby pool"));
  if (what.empty()) return {};
  return Error{
      Errc::bad_request,
      fmt::format("owner: {} holds {} of owner '{}', which '{}' would never touch again while "
                  "Azure charges for them; put `owner: {}` back, let them go (`spillway drain`, "
                  "or stop with `on_stop: drain`{}), and change it then; or name another "
                  "state.directory, and remove them by `spillway sweep --without-state` with the "
                  "old owner",
                  config.state.directory, fmt::join(what, " and "), before, config.owner, before,
                  on_bill->pods > 0 ? "; delete the pods" : "")};
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
