#include "controller/loop/standby_keeper.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <string>
#include <utility>

namespace asio = boost::asio;

namespace spillway {
namespace {

constexpr std::string_view bill_prefix{"standby "};  // no group can have a blank in its name
constexpr Duration pool_call_timeout{std::chrono::seconds{65}};
/// Two small reads; between them the provider counts its own takes.
constexpr Duration pool_look_every{std::chrono::seconds{15}};
constexpr Duration size_every{std::chrono::minutes{10}};
/// A pool that nobody wants costs money until it is found.
constexpr Duration sweep_every{std::chrono::minutes{10}};
/// An older picture says nothing about what can be taken.
constexpr Duration pool_still_known{std::chrono::minutes{1}};
constexpr int starts_max{1000};

/// The offer that is kept warm; null if there is none.
const Offer* warm_offer(const Workload& workload) {
  const auto found{std::ranges::find_if(workload.offers, [](const Offer& offer) {
    return offer.place.priority == Priority::regular;
  })};
  return found == workload.offers.end() ? nullptr : &*found;
}

}  // namespace

bool wants_standby(const StandbySettings& settings) {
  return settings.sizing == StandbySizing::fixed ? settings.size > 0 : settings.max > 0;
}

bool is_standby_bill(const GroupRecord& record) {
  return record.id.name.starts_with(bill_prefix);
}

bool is_ended_standby(const GroupRecord& record) {
  return is_standby_bill(record) && record.billed_until.has_value();
}

void StandbyKeeper::tick(const Workloads& workloads, bool drains) {
  if (pools_ == nullptr) return;
  for (const auto& [name, workload] : workloads) keep(*workload, drains);
  for (auto& [name, pool] : pools_of_) {
    if (workloads.contains(name)) continue;
    pool.order.ready = pool.wanted = 0;
    pool.has_size = true;
  }
  const TimePoint now{clock_.now()};
  for (auto& [name, pool] : pools_of_) {
    const bool is_due{now >= pool.next_look || pool.order.ready != pool.wanted};
    if (pool.is_busy || !is_due || !pool.has_size) continue;
    pool.is_busy = true;
    pool.order.ready = pool.wanted;
    tasks_.spawn(look(name));
  }
  const auto awaits{[](const auto& each) { return each.second->awaits_template; }};
  const auto has_size{[](const auto& entry) { return entry.second.has_size; }};
  const bool are_all_known{std::ranges::none_of(workloads, awaits) &&
                           std::ranges::all_of(pools_of_, has_size)};
  if (!is_sweeping_ && are_all_known && now >= next_sweep_) {
    is_sweeping_ = true;
    next_sweep_ = now + sweep_every;
    tasks_.spawn(remove_others());
  }
}

void StandbyKeeper::keep(const Workload& workload, bool drains) {
  if (workload.awaits_template) return;  // what its members are made of is not known yet
  const Offer* const offer{warm_offer(workload)};
  const bool is_wanted{wants_standby(workload.standby) && offer != nullptr && !drains};
  if (!is_wanted && !pools_of_.contains(workload.name)) return;
  Pool& pool{pools_of_[workload.name]};
  if (!is_wanted) {
    pool.wanted = 0;
    pool.has_size = true;
    return;
  }
  const bool is_other_place{pool.order.place != offer->place || pool.order.size != offer->size};
  // A busy pool keeps its order: the answer on its way is about that.
  if (!pool.is_busy && (is_other_place || pool.order.workload.empty())) {
    // The pool of the old place serves no order any more: the sweep removes it.
    next_sweep_ = is_other_place ? TimePoint{} : next_sweep_;
    pool.looked_at.reset();
    pool.next_sizing = TimePoint{};
  }
  if (!pool.is_busy) {
    pool.order.workload = workload.name;
    pool.order.place = offer->place;
    pool.order.size = offer->size;
    pool.order.replica = workload.replica;
    pool.order.template_hash = workload.plan_limits.template_hash;
    pool.price = offer->price;
  }
  const auto wanted{wanted_size(workload, pool)};
  pool.has_size = pool.has_size || wanted.has_value();
  if (wanted) pool.wanted = *wanted;
}

/// Nothing: not known now, so it stays as it was. After a start that is unknown, and not 0: a pool
/// of an earlier run must not go because the store cannot be read.
std::optional<int> StandbyKeeper::wanted_size(const Workload& workload, Pool& pool) {
  const StandbySettings& settings{workload.standby};
  if (settings.sizing == StandbySizing::fixed) return settings.size;
  const TimePoint now{clock_.now()};
  if (now < pool.next_sizing) return std::nullopt;  // as it was
  pool.next_sizing = now + size_every;
  const TimePoint since{now - settings.look_back};
  const auto records{
      store_.groups({.workload = workload.name, .since = since, .limit = starts_max})};
  const auto times{store_.start_times(pool.order.place)};
  if (!records || !times) {
    pool.next_sizing = now + pool_look_every;
    return std::nullopt;
  }
  std::vector<TimePoint> starts{};
  TimePoint first{now};
  for (const GroupRecord& record : *records) {
    first = std::min(first, std::max(since, record.state.created_at));
    const bool counts{!is_standby_bill(record) && record.state.created_at >= since};
    if (counts) starts.push_back(record.state.created_at);
  }
  return standby_size(settings, starts, now - first, times->median);
}

asio::awaitable<void> StandbyKeeper::look(std::string workload) {
  const StandbyOrder order{pools_of_.at(workload).order};
  const auto deadline = io::deadline_after(clock_, pool_call_timeout);
  const auto stock = co_await pools_->keep(order, deadline);
  Pool& pool{pools_of_.at(workload)};  // pools are never forgotten while they are busy
  const TimePoint now{clock_.now()};
  pool.is_busy = false;
  pool.next_look = now + pool_look_every;
  observer_.on_call("standby", "standby of " + workload,
                    stock ? std::nullopt : std::optional{stock.error()});
  if (!stock) {
    const Duration pause{stock.error().retry_after.value_or(pool_look_every)};
    // What no repeat cures is asked for less often; what is there costs money all the same.
    const bool is_hopeless{!is_retryable(stock.error().code)};
    pool.next_look =
        now + (is_hopeless ? std::max<Duration>(pause, std::chrono::minutes{5}) : pause);
    co_return;
  }
  pool.stock = *stock;
  pool.looked_at = now;
  bill(pool, workload, now);
  observer_.on_standby(workload, order.ready, *stock);
  if (order.ready == 0 && pool.wanted == 0) pools_of_.erase(workload);
}

/// A pool is charged for what it holds: one record for as long as that number stays the same, also
/// 0, without an end and charged for up to the last look. After a restart it goes on where the last
/// run left it.
void StandbyKeeper::bill(Pool& pool, const std::string& workload, TimePoint now) {
  if (!std::exchange(pool.has_read_bill, true)) {
    const auto records{store_.groups({.workload = workload, .since = std::nullopt, .limit = 200})};
    if (records) {
      const auto last{std::ranges::find_if(*records, is_standby_bill)};
      const bool goes_on{last != records->end() && last->place == pool.order.place &&
                         !is_ended_standby(*last)};
      if (goes_on) pool.bill = *last;
    }
  }
  const int members{pool.stock.running + pool.stock.creating};
  const bool is_removed{pool.order.ready == 0 && members == 0};
  const HourlyPrice price{Money{pool.price.per_hour.nanos * members}};
  if (pool.bill) {
    const bool is_same{pool.bill->size.replicas == Replicas{members} && pool.bill->price == price};
    const bool goes_on{is_same && !is_removed};
    pool.bill->state.since = now;
    if (!goes_on) pool.bill->billed_until = now;
    if (is_removed) pool.bill->note += ", removed";
    bills_.push_back(*pool.bill);
    if (goes_on) return;
    pool.bill.reset();
  }
  if (is_removed) return;
  GroupRecord record{};
  record.id.name = fmt::format("{}{} {}", bill_prefix, workload, now.time_since_epoch().count());
  record.workload = workload;
  record.place = pool.order.place;
  record.size = {.vcpu = pool.order.size.vcpu * members,
                 .memory_gb = pool.order.size.memory_gb * members,
                 .replicas = Replicas{members}};
  record.price = price;
  record.template_hash = pool.order.template_hash;
  // Closed from the beginning: nothing ever plans with it, adopts it or deletes it.
  record.state = {.phase = GroupPhase::gone, .since = now, .created_at = now};
  record.billed_from = now;
  record.note = fmt::format("{} kept warm", members);
  pool.bill = std::move(record);
  bills_.push_back(*pool.bill);
}

asio::awaitable<void> StandbyKeeper::remove_others() {
  std::vector<StandbyOrder> orders{};
  for (const auto& [name, pool] : pools_of_) {
    if (pool.wanted == 0) continue;
    orders.push_back(pool.order);
    orders.back().ready = pool.wanted;
  }
  const auto deadline = io::deadline_after(clock_, pool_call_timeout);
  const auto removed = co_await pools_->remove_others(std::move(orders), deadline);
  is_sweeping_ = false;
  observer_.on_call("standby", "provider", removed ? std::nullopt : std::optional{removed.error()});
  if (!removed) {
    next_sweep_ = clock_.now() + std::chrono::minutes{1};
    co_return;
  }
  for (const std::string& name : *removed) observer_.on_orphan({name}, "removed");
  if (!has_ended_left_bills_) end_left_bills(!removed->empty());
}

/// Bills of pools that an earlier run kept and this one does not: nobody else looks at those pools,
/// and one that is kept again, hours later, must not pay for the time between.
void StandbyKeeper::end_left_bills(bool was_any_there) {
  const auto records{store_.groups({})};  // the newest first
  if (!records) return;                   // after the next sweep
  has_ended_left_bills_ = true;
  const TimePoint now{clock_.now()};
  std::set<std::string> seen{};
  for (const GroupRecord& record : *records) {
    const bool is_last{is_standby_bill(record) && seen.insert(record.workload).second};
    if (!is_last || is_ended_standby(record) || pools_of_.contains(record.workload)) continue;
    GroupRecord ended{record};
    if (was_any_there) ended.state.since = now;
    ended.billed_until = ended.state.since;
    ended.note += ", removed";
    bills_.push_back(std::move(ended));
  }
}

int StandbyKeeper::stock(const std::string& workload, const Offer& offer) const {
  const auto found{pools_of_.find(workload)};
  if (found == pools_of_.end()) return 0;
  const Pool& pool{found->second};
  const bool is_known{pool.looked_at && clock_.now() - *pool.looked_at <= pool_still_known};
  const bool fits{pool.order.place == offer.place && pool.order.size == offer.size};
  return is_known && fits ? pool.stock.running : 0;
}

void StandbyKeeper::note_creates(const std::string& workload, const Offer& offer, int count) {
  const int have{stock(workload, offer)};
  if (have == 0 || count <= 0) return;
  Pool& pool{pools_of_.at(workload)};
  // The provider fills it up at once: until the next look the new ones are on their way.
  const int taken{std::min(have, count)};
  pool.stock.running = have - taken;
  pool.stock.creating += taken;
  pool.next_look = TimePoint{};  // it is being filled again: worth a look
}

std::optional<StandbyStatus> StandbyKeeper::status(const std::string& workload) const {
  const auto found{pools_of_.find(workload)};
  if (found == pools_of_.end()) return std::nullopt;
  const Pool& pool{found->second};
  StandbyStatus status{.place = pool.order.place,
                       .replicas_per_member = std::max(1, pool.order.size.replicas.count),
                       .wanted = pool.wanted};
  status.seen_at = pool.looked_at;
  const bool is_known{pool.looked_at && clock_.now() - *pool.looked_at <= pool_still_known};
  if (!is_known) return status;
  status.stock = pool.stock;
  const int charged{pool.stock.running + pool.stock.creating};
  status.price = {Money{pool.price.per_hour.nanos * charged}};
  return status;
}

bool StandbyKeeper::is_empty() const {
  return std::ranges::all_of(pools_of_, [](const auto& entry) {
    const StandbyStock& stock{entry.second.stock};
    return stock.running + stock.creating == 0 && entry.second.order.ready == 0;
  });
}

std::vector<GroupRecord> StandbyKeeper::take_bills() {
  return std::exchange(bills_, {});
}

}  // namespace spillway
