#include "policies/cost/budget.hpp"

#include "tests/policies/scene.hpp"
#include "tests/support/gen.hpp"
#include "tests/support/printing_core.hpp"

namespace spillway::budget_test {
namespace {

using namespace std::chrono_literals;
using testing::groups_in;
using testing::monday;
using testing::scene;

const Budget daily{{.per_day = usd(20.0)}};
constexpr TimePoint morning{monday + 18min};  // 14:48: 9.2 h of the day are left

Snapshot spent_today(double amount, int burst = 0) {
  Snapshot now{scene(6, burst, morning)};
  now.spend = {.this_hour = {}, .today = usd(amount), .this_month = usd(amount)};
  return now;
}

TEST_CASE("12.10 of 20 USD spent and 9.2 h left: 57 burst replicas; with 1 USD left, 7") {
  const Recommendation asked{daily.recommend(spent_today(12.10), {})};
  CHECK(asked.ceiling == 63_replicas);  // 6 on the cluster cost nothing
  CHECK(asked.because == Because::budget_pace);
  CHECK(asked.words == "day: 12.10 USD of 20.00 USD spent, 9.2 h left: 57 burst replicas");
  CHECK_FALSE(asked.floor);
  CHECK(daily.recommend(spent_today(19.0), {}).ceiling == 13_replicas);
}

TEST_CASE("a spent budget keeps what runs and adds none, or shrinks if told so") {
  const Recommendation kept{daily.recommend(spent_today(20.0, 9), {})};
  CHECK(kept.ceiling == 15_replicas);
  CHECK(kept.because == Because::budget_spent);
  CHECK(kept.words ==
        "day: 20.00 USD of 20.00 USD spent, 9.2 h left: 0 burst replicas; the 9 that run are kept");
  const Budget strict{{.per_day = usd(20.0), .when_spent = WhenSpent::shrink}};
  CHECK(strict.recommend(spent_today(20.0, 9), {}).ceiling == 6_replicas);
  CHECK(strict.recommend(spent_today(25.0, 9), {}).ceiling == 6_replicas);
}

TEST_CASE("the tightest of hour, day and month decides") {
  const Budget all{{.per_hour = usd(1.0), .per_day = usd(20.0), .per_month = usd(100.0)}};
  Snapshot now{spent_today(2.0)};
  now.spend.this_hour = usd(0.9);
  CHECK(all.recommend(now, {}).words.starts_with("hour: "));
  now.spend.this_hour = {};
  now.spend.this_month = usd(99.5);
  CHECK(all.recommend(now, {}).words.starts_with("month: "));
}

TEST_CASE("at an even pace every hour has its share") {
  const Budget even{{.per_day = usd(24.0), .pace = 1.0}};
  Snapshot now{scene(0, 0, std::chrono::floor<std::chrono::days>(monday))};
  CHECK(even.recommend(now, {}).ceiling == 16_replicas);  // 1 USD/h of 0.0594
}

TEST_CASE("spending at the bound never exceeds the cap, and the bound falls without a cliff") {
  for (const double pace : {1.0, 2.0, 4.0, 20.0}) {
    CAPTURE(pace);
    const Budget policy{{.per_day = usd(20.0), .pace = pace}};
    Snapshot now{scene(0, 0, std::chrono::floor<std::chrono::days>(monday))};
    double spent{0.0};
    int last{1'000'000};
    for (int minute{0}; minute < 24 * 60 - 6; ++minute) {
      now.spend.today = usd(spent);
      const int burst{policy.recommend(now, {}).ceiling->count};
      CHECK(burst <= last + 1);
      last = burst;
      spent += burst * 0.0594 / 60.0;
      now.taken_at += 1min;
    }
    CHECK(spent <= 20.0);
    CHECK(spent > 15.0);
  }
}

TEST_CASE("an unknown price has no opinion until the money is gone; no cap has none at all") {
  Snapshot now{spent_today(5.0, 3)};
  now.replica_price = {};
  const Recommendation asked{daily.recommend(now, {})};
  CHECK_FALSE(asked.ceiling);
  CHECK_FALSE(asked.is_hold);
  now.spend.today = usd(20.0);
  CHECK(daily.recommend(now, {}).ceiling == 9_replicas);
  CHECK_FALSE(Budget{{}}.recommend(spent_today(5.0), {}).ceiling);
}

TEST_CASE("while the cluster is unknown the bound counts from the last decision") {
  Snapshot now{spent_today(19.0)};
  now.fleet.base.reset();
  CHECK_FALSE(daily.recommend(now, {}).ceiling);
  History past{};
  past.last = CountAt{monday, {10}};
  past.last_burst = 4_replicas;
  CHECK(daily.recommend(now, past).ceiling == 13_replicas);  // 6 + 7
}

TEST_CASE("running replicas are never cut by a budget that keeps") {
  testing::for_each_seed(500, [](testing::Gen& gen) {
    Snapshot now{gen.snapshot(0.0)};
    now.replica_price = {usd(gen.real(0.001, 1.0))};
    now.spend = {.this_hour = usd(gen.real(0.0, 3.0)),
                 .today = usd(gen.real(0.0, 30.0)),
                 .this_month = usd(gen.real(0.0, 300.0))};
    const Budget policy{{.per_hour = usd(2.0), .per_day = usd(20.0), .per_month = usd(200.0)}};
    CHECK(*policy.recommend(now, {}).ceiling >= *now.fleet.total());
  });
}

}  // namespace
}  // namespace spillway::budget_test
