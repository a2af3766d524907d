#include "controller/wiring/node_purse.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "controller/core/snapshot.hpp"

namespace spillway::wiring {

namespace {

constexpr Duration bill_every{std::chrono::minutes{1}};
/// A group that starts is paid for minutes at least.
constexpr double least_hours{5.0 / 60.0};

}  // namespace

bool is_on_node(const GroupRecord& record) {
  return record.workload.starts_with(NodePurse::bill_prefix) && !record.billed_until;
}

void NodePurse::note(const std::vector<ProviderGroup>& groups, TimePoint now) {
  std::map<GroupId, GroupRecord> present{};
  rent_ = {};
  StateBatch batch{};
  bool have_some_come{false};
  for (const ProviderGroup& group : groups) {
    auto known{records_.extract(group.id)};
    GroupRecord record{};
    if (known.empty()) {
      have_some_come = true;
      record.id = group.id;
      record.workload = workload();
      record.place = group.place;
      record.size = group.size;
      record.template_hash = group.tags.template_hash;
      // Closed from the beginning: the loop never plans with it, adopts it or deletes it.
      record.state = {.phase = GroupPhase::gone, .since = now, .created_at = group.tags.created_at};
      record.billed_from = std::min(group.tags.created_at, now);
    } else {
      record = std::move(known.mapped());
    }
    // Price lists may come later than the group.
    if (record.price.per_hour <= Money{}) record.price = parts_.price(group.place, group.size);
    if (group.billed_since) record.billed_from = *group.billed_since;
    // One that was missing before, in a bill that could not be written, is charged for all along.
    record.billed_until.reset();
    record.note = "pod " + group.tags.workload;
    record.state.since = now;
    rent_.per_hour += record.price.per_hour;
    batch.groups.push_back(record);
    present.emplace(group.id, std::move(record));
  }
  // What is left of the old ones has gone since: billed until this look.
  const bool have_some_gone{!records_.empty()};
  for (auto& [id, record] : records_) {
    if (!record.billed_until) record.note += ", gone";
    record.billed_until = now;
    record.state.since = now;
    batch.groups.push_back(record);
  }
  const bool is_due{have_some_gone || have_some_come || now - written_at_ >= bill_every};
  count_ = static_cast<int>(present.size());
  if (batch.groups.empty() || !is_due) {
    records_ = std::move(present);
    return;
  }
  const auto written{parts_.store.write(batch)};
  if (written) {
    written_at_ = now;
    records_ = std::move(present);
    return;
  }
  // Those that have gone stay on the list, to be written with the next look.
  present.merge(records_);
  records_ = std::move(present);
}

std::optional<std::string> NodePurse::refuses(const Place& place, const GroupSize& size,
                                              TimePoint now) {
  const HourlyPrice price{parts_.price(place, size)};
  const HourlyPrice rent{Money{rent_.per_hour.nanos + price.per_hour.nanos}};
  const bool has_caps{parts_.caps.per_hour || parts_.caps.per_day || parts_.caps.per_month};
  const bool is_free{price.per_hour <= Money{}};
  if (is_free && (has_caps || parts_.shared.max_rent)) {
    return fmt::format("the price of {} vCPU and {} GB in {} is not known, and there is a cap",
                       size.vcpu, size.memory_gb, to_string(place));
  }
  if (auto why{beyond_shared_limits(rent)}) return why;
  if (has_caps) {
    if (auto why{beyond_caps(rent, now)}) return why;
  }
  rent_ = rent;
  ++count_;
  return std::nullopt;
}

std::optional<std::string> NodePurse::beyond_shared_limits(HourlyPrice rent) const {
  if (!parts_.shared.is_limited()) return std::nullopt;
  const OtherBurst others{parts_.others()};
  if (parts_.shared.max_burst && others.replicas + count_ + 1 > *parts_.shared.max_burst) {
    return fmt::format("allocator.max_burst is {}: {} burst replicas and {} pods of this node run",
                       *parts_.shared.max_burst, others.replicas, count_);
  }
  const double usd{others.rent.per_hour.usd() + rent.per_hour.usd()};
  if (parts_.shared.max_rent && usd > parts_.shared.max_rent->per_hour.usd()) {
    return fmt::format("allocator.max_rent is {} USD/h: with it all burst would cost {:.4f} USD/h",
                       parts_.shared.max_rent->per_hour.usd(), usd);
  }
  return std::nullopt;
}

std::optional<std::string> NodePurse::beyond_caps(HourlyPrice rent, TimePoint now) {
  const auto spent{parts_.store.spend(workload(), now)};
  if (!spent) return "what is spent cannot be read: " + to_string(spent.error());
  const double soon_usd{rent.per_hour.usd() * least_hours};
  const auto beyond{[&](std::string_view period, const std::optional<Money>& cap,
                        Money so_far) -> std::optional<std::string> {
    if (!cap || so_far.usd() + soon_usd <= cap->usd()) return std::nullopt;
    return fmt::format(
        "virtual_node.budget.per_{} is {} USD: {:.4f} are spent, and with this pod "
        "the node costs {:.4f} USD/h",
        period, cap->usd(), so_far.usd(), rent.per_hour.usd());
  }};
  if (auto why{beyond("hour", parts_.caps.per_hour, spent->this_hour)}) return why;
  if (auto why{beyond("day", parts_.caps.per_day, spent->today)}) return why;
  return beyond("month", parts_.caps.per_month, spent->this_month);
}

}  // namespace spillway::wiring
