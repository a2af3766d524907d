#include "policies/cost/rent_or_buy.hpp"

#include "tests/policies/scene.hpp"
#include "tests/support/printing_core.hpp"

namespace spillway::rent_or_buy_test {
namespace {

using namespace std::chrono_literals;
using testing::monday;
using testing::scene;

RentOrBuySettings usual() {
  return {.vm_price = HourlyPrice{usd(0.192)}};
}

/// Ticks with a count that was wanted before each.
struct Course {
  RentOrBuy policy{usual()};
  Snapshot now{scene(6)};
  History past{};

  Recommendation run(int wanted, Duration time) {
    Recommendation last{};
    for (const TimePoint end{now.taken_at + time}; now.taken_at < end;) {
      now.taken_at += 15s;
      past.last = CountAt{now.taken_at - 15s, {wanted}};
      last = policy.recommend(now, past);
      past.memories["rent_or_buy"] = last.memory;
    }
    return last;
  }
};

TEST_CASE("four replicas of 0.0594 against a VM of 0.192 USD/h break even after 884 s") {
  CHECK(*break_even(usual(), {usd(0.0594)}) == 884'211ms);
  CHECK_FALSE(break_even(usual(), {usd(0.048)}));  // a full VM would only be as cheap
  CHECK_FALSE(break_even({}, {usd(0.0594)}));
}

TEST_CASE("an overflow of 9 moves 8 onto two VMs after the break-even, and the ninth stays") {
  Course course{};
  const Recommendation early{course.run(15, 870s)};
  CHECK(early.vms == 0_replicas);
  CHECK(early.because == Because::before_break_even);
  CHECK_FALSE(early.floor);
  CHECK_FALSE(early.ceiling);
  const Recommendation later{course.run(15, 45s)};
  CHECK(later.vms == 8_replicas);
  CHECK(later.because == Because::past_break_even);
  CHECK(later.words == "an overflow of 9; a VM for 4 pays off after 14m44s211ms: 2 VMs");
}

TEST_CASE("a dip before the break-even begins the count anew") {
  Course course{};
  course.run(10, 800s);
  course.run(9, 15s);
  CHECK(course.run(10, 800s).vms == 0_replicas);
  CHECK(course.run(10, 120s).vms == 4_replicas);
}

TEST_CASE("a VM goes when its replicas have not been needed for a while, not at the first dip") {
  Course course{};
  CHECK(course.run(14, 920s).vms == 8_replicas);
  CHECK(course.run(11, 1h).vms == 8_replicas);  // an overflow of 5 still needs one of the second
  CHECK(course.run(10, 290s).vms == 8_replicas);
  CHECK(course.run(10, 60s).vms == 4_replicas);
  CHECK(course.run(6, 400s).vms == 0_replicas);
}

TEST_CASE("an unknown fleet has no wish, so that the VMs stay as they are") {
  Course course{};
  course.run(14, 920s);
  const Memory before{course.past.memory("rent_or_buy")};
  course.now.fleet.base.reset();
  const Recommendation blind{course.run(14, 15s)};
  CHECK_FALSE(blind.vms);
  CHECK(blind.memory == before);
}

}  // namespace
}  // namespace spillway::rent_or_buy_test
