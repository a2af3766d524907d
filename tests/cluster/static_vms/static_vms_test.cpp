#include "controller/cluster/static_vms/static_vms.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <map>
#include <stdexcept>

#include "tests/support/manual_clock.hpp"
#include "tests/support/printing.hpp"

namespace spillway::static_vms_test {

using namespace spillway::static_vms;
using namespace std::chrono_literals;

namespace {

/// Machines that answer in `answer_time`; dead ones never do, so their probes take the timeout.
class FakeProber final : public io::Prober {
 public:
  explicit FakeProber(io::Clock& clock) : clock_{clock} {}

  boost::asio::awaitable<Result<void>> probe(io::ProbeTarget target,
                                             io::Deadline deadline) override {
    asked.push_back(target);
    under_way_max = std::max(under_way_max, ++under_way);
    const bool is_dead{dead.contains(target.port)};
    const TimePoint answer_at{clock_.now() + answer_time};
    const bool is_late{is_dead || answer_at > deadline.at};
    const Result<void> slept = co_await clock_.sleep_until(is_late ? deadline.at : answer_at);
    --under_way;
    if (!slept) co_return slept.error();
    if (is_late) co_return Error{Errc::timeout, "no answer"};
    co_return Result<void>{};
  }

  std::map<int, bool> dead{};  // by port
  Duration answer_time{5ms};
  std::vector<io::ProbeTarget> asked{};
  int under_way{0};
  int under_way_max{0};

 private:
  io::Clock& clock_;
};

Result<BasePool> pool_of(const Result<Observation>& seen) {
  if (!seen) return seen.error();
  CHECK_FALSE(seen->replica);  // a list of machines does not say what runs on them
  return seen->pool;
}

struct Rig {
  explicit Rig(int vms, ProbeSettings probe = {}) : cluster{settings(vms, probe), clock, prober} {}

  static Settings settings(int vms, ProbeSettings probe) {
    Settings made{.probe = std::move(probe)};
    for (int i{0}; i < vms; ++i) made.addresses.push_back("10.0.0.1:" + std::to_string(1000 + i));
    return made;
  }

  Result<BasePool> observe(Duration allowed = 5s) {
    return pool_of(clock.run(cluster.observe("web", io::deadline_after(clock, allowed))));
  }

  void watch() {
    boost::asio::co_spawn(context, cluster.watch(), [](std::exception_ptr failure) {
      if (failure) std::rethrow_exception(failure);
    });
    clock.advance_by(Duration::zero());
  }

  boost::asio::io_context context{};
  testing::ManualClock clock{context};
  FakeProber prober{clock};
  StaticVms cluster;
};

}  // namespace

TEST_CASE("a fixed count is of replicas, on as many machines as hold them") {
  boost::asio::io_context context{};
  testing::ManualClock clock{context};
  FakeProber prober{clock};
  StaticVms cluster{Settings{.count = 9, .replicas_per_vm = 4}, clock, prober};
  const auto pool = pool_of(clock.run(cluster.observe("web", {})));
  REQUIRE(pool);
  CHECK(pool->ready == 9_replicas);
  CHECK(pool->nodes_up == 3);
}

TEST_CASE("a fixed count is taken at its word and nothing is probed") {
  boost::asio::io_context context{};
  testing::ManualClock clock{context};
  FakeProber prober{clock};
  StaticVms cluster{Settings{.count = 7}, clock, prober};
  const auto pool = pool_of(clock.run(cluster.observe("web", {})));
  REQUIRE(pool);
  CHECK(pool->ready == 7_replicas);
  CHECK(pool->desired == 7_replicas);
  CHECK(pool->capacity() == 7_replicas);
  CHECK(prober.asked.empty());
}

TEST_CASE("the first look probes every address before it answers") {
  Rig rig{3, {.path = "/healthz", .scheme = "https"}};
  rig.prober.dead[1001] = true;
  const auto pool = rig.observe();
  REQUIRE(pool);
  CHECK(pool->ready == 2_replicas);
  CHECK(pool->desired == 3_replicas);
  CHECK(pool->nodes_up == 2);
  CHECK(pool->nodes_down == 1);
  CHECK(rig.prober.asked.front() ==
        io::ProbeTarget{.ip = "10.0.0.1", .port = 1000, .path = "/healthz", .scheme = "https"});
}

TEST_CASE("a machine that dies lowers ready after `fall` probes and comes back after `rise`") {
  Rig rig{2, {.interval = 2s, .fall = 3, .rise = 2}};
  CHECK(rig.observe()->ready == 2_replicas);
  rig.prober.dead[1000] = true;
  std::vector<int> ready{};
  for (int look{0}; look < 6; ++look) {
    rig.clock.advance_by(2s);
    if (look == 4) rig.prober.dead.clear();
    ready.push_back(rig.observe()->ready.count);
  }
  CHECK(ready == std::vector<int>{2, 2, 1, 1, 1, 2});
}

TEST_CASE("an address is not probed again before its interval has passed") {
  Rig rig{2, {.interval = 2s}};
  CHECK(rig.observe());
  CHECK(rig.observe());
  CHECK(rig.prober.asked.size() == 2);
}

TEST_CASE("a deadline that cuts probes short is no verdict about the machines") {
  Rig rig{2, {.timeout = 1s}};
  rig.prober.dead[1000] = true;
  const auto pool = rig.observe(100ms);
  REQUIRE_FALSE(pool);
  CHECK(pool.error().code == Errc::unavailable);
  CHECK(pool.error().context == "1 of 2 addresses were not probed yet");
  CHECK(rig.observe()->ready == 1_replicas);  // the next look finishes it
}

TEST_CASE("hundreds of addresses are probed with at most `at_once` under way") {
  Rig rig{500, {.at_once = 50}};
  const TimePoint begin{rig.clock.now()};
  CHECK(rig.observe()->ready == 500_replicas);
  CHECK(rig.prober.under_way_max == 50);
  CHECK(rig.clock.now() - begin == 10 * rig.prober.answer_time);
}

TEST_CASE("while it watches, a look costs no time, even with dead machines") {
  Rig rig{4, {.interval = 2s, .timeout = 1s, .fall = 2}};
  rig.watch();
  rig.clock.advance_by(1s);
  CHECK(rig.observe()->ready == 4_replicas);
  rig.prober.dead[1002] = true;
  rig.clock.advance_by(10s);
  const TimePoint begin{rig.clock.now()};
  CHECK(rig.observe()->ready == 3_replicas);
  CHECK(rig.clock.now() == begin);
  CHECK(rig.prober.asked.size() >= 16);
}

TEST_CASE("an address may stand for several replicas") {
  boost::asio::io_context context{};
  testing::ManualClock clock{context};
  FakeProber prober{clock};
  prober.dead[1] = true;
  Settings settings{.addresses = {"vm1:1", "[::1]:2"}, .replicas_per_vm = 4};
  StaticVms cluster{settings, clock, prober};
  const auto pool = pool_of(clock.run(cluster.observe("web", io::deadline_after(clock, 5s))));
  REQUIRE(pool);
  CHECK(pool->ready == 4_replicas);
  CHECK(pool->desired == 8_replicas);
}

TEST_CASE("an address that is none is refused at construction") {
  boost::asio::io_context context{};
  testing::ManualClock clock{context};
  FakeProber prober{clock};
  CHECK_THROWS_AS(StaticVms(Settings{.addresses = {"nonsense"}}, clock, prober),
                  std::invalid_argument);
}

}  // namespace spillway::static_vms_test
