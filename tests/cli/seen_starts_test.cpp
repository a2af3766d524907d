// What `spillway decide` learns of start times from counts alone.
#include "controller/cli/seen_starts.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "tests/support/printing_core.hpp"

namespace spillway::cli::seen_starts_test {
namespace {

using namespace std::chrono_literals;

/// A driver that follows each answer: every replica starts for `takes` (by turns).
class Driver {
 public:
  Driver(Duration period, std::vector<Duration> takes)
      : period_{period}, takes_{std::move(takes)} {}

  /// One line that is answered by `wanted`.
  void line(int wanted) {
    for (Duration& ready_at : starting_) {
      if (ready_at <= now_.time_since_epoch()) ++ready_;
    }
    std::erase_if(starting_, [&](Duration at) { return at <= now_.time_since_epoch(); });
    const int starting{static_cast<int>(starting_.size())};
    const BurstCount count{{ready_}, {tells_starting ? starting : 0}};
    seen.see(now_, is_hidden ? std::nullopt : std::optional{count});
    seen.ask(Replicas{wanted});
    for (int more{wanted - ready_ - starting}; more > 0; --more) {
      starting_.push_back(now_.time_since_epoch() + takes_[next_++ % takes_.size()]);
    }
    while (ready_ + static_cast<int>(starting_.size()) > wanted) {
      if (starting_.empty()) {
        --ready_;
      } else {
        starting_.pop_back();
      }
    }
    now_ += period_;
  }

  /// `bursts` times up to `count` for two minutes and a half, and down again.
  void burst(int bursts, int count) {
    for (int i{0}; i < bursts; ++i) {
      for (Duration at{}; at < 150s; at += period_) line(count);
      for (Duration at{}; at < 60s; at += period_) line(0);
    }
  }

  SeenStarts seen{};
  bool is_hidden{false};
  bool tells_starting{true};

 private:
  Duration period_;
  std::vector<Duration> takes_;
  TimePoint now_{};
  int ready_{0};
  std::vector<Duration> starting_{};
  std::size_t next_{0};
};

TEST_CASE("nothing seen, and too little seen, leave the defaults") {
  Driver driver{15s, {10s}};
  CHECK(driver.seen.get() == StartTimes{});
  driver.burst(1, 4);
  CHECK(driver.seen.get() == StartTimes{});
  driver.burst(1, 4);
  CHECK(driver.seen.get() != StartTimes{});
}

TEST_CASE("starts are measured to a loop period, whatever the period, and their median closer") {
  for (const Duration period : {Duration{1s}, Duration{5s}, Duration{15s}, Duration{60s}}) {
    for (const Duration takes : {Duration{8s}, Duration{40s}, Duration{100s}}) {
      CAPTURE(seconds(period));
      CAPTURE(seconds(takes));
      Driver driver{period, {takes}};
      driver.burst(5, 6);
      const StartTimes got{driver.seen.get()};
      CHECK(std::abs(seconds(got.median) - seconds(takes)) <= 0.6 * seconds(period));
      CHECK(std::abs(seconds(got.p95) - seconds(takes)) <= seconds(period));
    }
  }
}

TEST_CASE("a slow twentieth of the starts shows in the p95 and not in the median") {
  std::vector<Duration> takes(9, Duration{20s});
  takes.emplace_back(80s);
  Driver driver{5s, takes};
  driver.burst(20, 10);
  CHECK(std::abs(seconds(driver.seen.get().median) - 20.0) <= 5.0);
  CHECK(std::abs(seconds(driver.seen.get().p95) - 80.0) <= 5.0);
}

TEST_CASE("starts of a driver that never says that one starts were measured as none at all") {
  for (const Duration takes : {Duration{8s}, Duration{40s}, Duration{100s}}) {
    CAPTURE(seconds(takes));
    Driver driver{15s, {takes}};
    driver.tells_starting = false;
    driver.burst(5, 6);
    const StartTimes got{driver.seen.get()};
    CHECK(std::abs(seconds(got.median) - seconds(takes)) <= 9.0);
    CHECK(std::abs(seconds(got.p95) - seconds(takes)) <= 15.0);
  }
}

TEST_CASE("replicas that are taken back while they start are no fast starts") {
  Driver driver{15s, {100s}};
  for (int i{0}; i < 20; ++i) {
    driver.line(10);
    driver.line(10);
    driver.line(0);
  }
  CHECK(driver.seen.get() == StartTimes{});
}

TEST_CASE("a driver that ignores the answers teaches nothing out of bounds") {
  SeenStarts seen{};
  // Ready ones come and go without having been asked for; some start for ever.
  for (int tick{0}; tick < 500; ++tick) {
    seen.see(TimePoint{tick * 15s}, BurstCount{{tick % 7}, {tick % 3 + 2}});
    seen.ask({tick % 5});
  }
  CHECK(seen.get().p95 <= 10min);
  CHECK(seen.get().median >= 1s);
}

TEST_CASE("over a gap, and while nobody counts, no start is measured") {
  Driver driver{5min, {30s}};
  driver.burst(10, 6);
  CHECK(driver.seen.get() == StartTimes{});
  Driver hidden{15s, {30s}};
  hidden.is_hidden = true;
  hidden.burst(10, 6);
  CHECK(hidden.seen.get() == StartTimes{});
}

}  // namespace
}  // namespace spillway::cli::seen_starts_test
