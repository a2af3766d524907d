#include "controller/core/ledger.hpp"

#include <algorithm>

#include "controller/core/error.hpp"

namespace spillway {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::hours;

TimePoint month_start(TimePoint instant) {
  const std::chrono::year_month_day date{floor<days>(instant)};
  return std::chrono::sys_days{date.year() / date.month() / 1};
}

TimePoint next_month(TimePoint start) {
  const std::chrono::year_month_day date{floor<days>(start)};
  return std::chrono::sys_days{date.year() / date.month() / 1 + std::chrono::months{1}};
}

Money sum_at(const std::map<TimePoint, Money>& sums, TimePoint start) {
  const auto found{sums.find(start)};
  return found == sums.end() ? Money{} : found->second;
}

/// Books the parts of `run` under the periods they fall into; `next` gives a period's end.
void book_periods(std::map<TimePoint, Money>& sums, const BilledRun& run, TimePoint first, int sign,
                  auto&& next) {
  for (TimePoint begin{first}; begin < *run.until; begin = next(begin)) {
    const Money part{cost_within(run, begin, next(begin))};
    Money& sum{sums[begin]};
    sum += Money{sign * part.nanos};
    if (sum == Money{}) sums.erase(begin);
  }
}

Spend& operator+=(Spend& sum, const Spend& part) {
  sum.this_hour += part.this_hour;
  sum.today += part.today;
  sum.this_month += part.this_month;
  return sum;
}

}  // namespace

Money cost_until(const BilledRun& run, TimePoint instant) {
  const TimePoint end{run.until ? std::min(instant, *run.until) : instant};
  if (end <= run.from) return Money{};
  return run.price.for_time(std::chrono::ceil<std::chrono::seconds>(end - run.from));
}

Money cost_within(const BilledRun& run, TimePoint begin, TimePoint end) {
  if (end <= begin) return Money{};
  return cost_until(run, end) - cost_until(run, begin);
}

PeriodStarts period_starts(TimePoint instant) {
  return {floor<hours>(instant), floor<days>(instant), month_start(instant)};
}

void Ledger::Account::book(const BilledRun& closed, int sign) {
  SPILLWAY_ASSERT(closed.until.has_value());
  const PeriodStarts first{period_starts(closed.from)};
  book_periods(hours, closed, first.hour, sign,
               [](TimePoint t) { return t + std::chrono::hours{1}; });
  book_periods(days, closed, first.day, sign, [](TimePoint t) { return t + std::chrono::days{1}; });
  book_periods(months, closed, first.month, sign, next_month);
}

Spend Ledger::Account::spend(const PeriodStarts& starts, TimePoint now) const {
  Spend sum{sum_at(hours, starts.hour), sum_at(days, starts.day), sum_at(months, starts.month)};
  for (const auto& [id, run] : running) {
    sum += Spend{cost_within(run, starts.hour, now), cost_within(run, starts.day, now),
                 cost_within(run, starts.month, now)};
  }
  return sum;
}

void Ledger::add(const BilledRun& run) {
  Account& account{accounts_[run.workload]};
  if (run.until) {
    account.book(run, 1);
  } else {
    const bool is_new{account.running.emplace(run.group, run).second};
    SPILLWAY_ASSERT(is_new);
  }
}

void Ledger::remove(const BilledRun& run) {
  Account& account{accounts_[run.workload]};
  if (run.until) {
    account.book(run, -1);
  } else {
    const auto removed{account.running.erase(run.group)};
    SPILLWAY_ASSERT(removed == 1);
  }
}

Spend Ledger::spend(std::string_view workload, TimePoint now) const {
  const auto found{accounts_.find(workload)};
  return found == accounts_.end() ? Spend{} : found->second.spend(period_starts(now), now);
}

Spend Ledger::total(TimePoint now) const {
  Spend sum{};
  for (const auto& [workload, account] : accounts_) sum += account.spend(period_starts(now), now);
  return sum;
}

void Ledger::forget_before(TimePoint instant) {
  const TimePoint start{month_start(instant)};
  for (auto& [workload, account] : accounts_) {
    for (auto* sums : {&account.hours, &account.days, &account.months}) {
      sums->erase(sums->begin(), sums->lower_bound(start));
    }
  }
  std::erase_if(accounts_, [](const auto& entry) {
    return entry.second.months.empty() && entry.second.running.empty();
  });
}

}  // namespace spillway
