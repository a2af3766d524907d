// What every traffic adapter promises, in one suite over all of them.
#include <functional>
#include <string>
#include <vector>

#include "controller/traffic/reconcile.hpp"
#include "tests/contract/traffic/worlds.hpp"
#include "tests/support/printing.hpp"
#include "tests/support/skip.hpp"

namespace spillway::contract_test {

using namespace spillway::testing;

namespace {

/// An adapter together with the words a test asks it in.
template <class World>
struct Subject {
  World world{};

  std::vector<ListedBackend> list(const std::string& workload = "web") {
    auto listed = world.time().run(world.traffic().list(workload, world.time().soon()));
    REQUIRE(listed);
    return *listed;
  }
  Result<void> admit(const Backend& backend) {
    return world.time().run(world.traffic().admit(backend, world.time().soon()));
  }
  Result<void> drain(const Backend& backend) {
    return world.time().run(world.traffic().drain(backend, world.time().soon()));
  }
  Result<void> evict(const Backend& backend) {
    return world.time().run(world.traffic().evict(backend, world.time().soon()));
  }
  /// As the loop does it: again, as long as the balancer wants it empty first.
  void evict_patiently(const Backend& backend) {
    const bool is_out{wait_until([&] {
      const Result<void> done = evict(backend);
      if (!done) REQUIRE(done.error().code == Errc::transitioning);
      return done.has_value();
    })};
    REQUIRE(is_out);
  }
  void carry_out(const std::vector<TrafficCall>& calls) {
    for (const TrafficCall& call : calls) {
      if (call.kind == TrafficCall::Kind::admit) REQUIRE(admit(call.backend));
      if (call.kind == TrafficCall::Kind::drain) REQUIRE(drain(call.backend));
      if (call.kind == TrafficCall::Kind::evict) evict_patiently(call.backend);
    }
  }
};

}  // namespace

#define TRAFFIC_CONTRACT(name)                                                                 \
  TEST_CASE_TEMPLATE(name, World, FakeWorld, HttpSdWorld, EndpointSliceWorld, HaproxyWorld,    \
                     HaproxyTcpWorld, HaproxySlotsWorld, TwoHaproxiesWorld, TemplateFileWorld, \
                     DnsWorld, EtcdWorld)
#define NEEDS_ITS_PROGRAM() \
  if (!World::is_available()) return skip_test(World::reason)

TRAFFIC_CONTRACT("what is admitted is listed as it was asked, however often") {
  NEEDS_ITS_PROGRAM();
  Subject<World> subject{};
  CHECK(subject.list().empty());
  const Backend backend{subject.world.backend("web-1")};
  for (int times{0}; times < 2; ++times) {
    CHECK(subject.admit(backend));
    const auto listed = subject.list();
    REQUIRE(listed.size() == 1);
    CHECK(listed.front().backend == backend);
    CHECK(listed.front().state == BackendState::admitted);
    CHECK(listed.front().in_flight.has_value() == World::counts_in_flight);
    CHECK(subject.world.traffic().can_count() == World::counts_in_flight);
  }
}

TRAFFIC_CONTRACT("draining keeps it listed, and it can be taken back") {
  NEEDS_ITS_PROGRAM();
  Subject<World> subject{};
  const Backend backend{subject.world.backend("web-1")};
  CHECK(subject.admit(backend));
  for (int times{0}; times < 2; ++times) {
    CHECK(subject.drain(backend));
    CHECK(subject.list().at(0).state == BackendState::draining);
  }
  CHECK(subject.admit(backend));
  CHECK(subject.list().at(0).state == BackendState::admitted);
}

TRAFFIC_CONTRACT("what is not there is drained and evicted with success, and does not appear") {
  NEEDS_ITS_PROGRAM();
  Subject<World> subject{};
  const Backend backend{subject.world.backend("web-1")};
  CHECK(subject.drain(backend));
  CHECK(subject.evict(backend));
  CHECK(subject.list().empty());
  CHECK(subject.admit(backend));
  subject.evict_patiently(backend);
  CHECK(subject.evict(backend));
  CHECK(subject.list().empty());
}

TRAFFIC_CONTRACT("a changed weight is taken over") {
  NEEDS_ITS_PROGRAM();
  Subject<World> subject{};
  Backend backend{subject.world.backend("web-1")};
  CHECK(subject.admit(backend));
  backend.weight = 230;
  CHECK(subject.admit(backend));
  REQUIRE(subject.list().size() == 1);
  CHECK(subject.list().front().backend == backend);
}

TRAFFIC_CONTRACT("a changed address is taken over, and nothing is left at the old one") {
  NEEDS_ITS_PROGRAM();
  Subject<World> subject{};
  const Backend before{subject.world.backend("web-1")};
  Backend after{subject.world.backend("web-1")};
  CHECK(subject.admit(before));
  subject.carry_out(reconcile({{after}}, subject.list()));
  subject.carry_out(reconcile({{after}}, subject.list()));  // a slot is left at the first address
  REQUIRE(subject.list().size() == 1);
  CHECK(subject.list().front().backend == after);
}

TRAFFIC_CONTRACT("the backends of another workload are not listed") {
  NEEDS_ITS_PROGRAM();
  Subject<World> subject{};
  CHECK(subject.admit(subject.world.backend("web-1", "web")));
  CHECK(subject.admit(subject.world.backend("shop-1", "shop")));
  REQUIRE(subject.list("web").size() == 1);
  REQUIRE(subject.list("shop").size() == 1);
  CHECK(subject.list("shop").front().backend.group.name == "shop-1");
}

TRAFFIC_CONTRACT("a restarted balancer is empty, and one round of reconciling heals it") {
  NEEDS_ITS_PROGRAM();
  Subject<World> subject{};
  const Backend first{subject.world.backend("web-1")};
  const Backend second{subject.world.backend("web-2")};
  const std::vector<WantedBackend> wanted{{first}, {second, BackendState::draining}};
  CHECK(subject.admit(first));
  CHECK(subject.admit(second));
  CHECK(subject.drain(second));
  CHECK(reconcile(wanted, subject.list()).empty());
  subject.world.restart();
  CHECK(subject.list().empty());
  subject.carry_out(reconcile(wanted, subject.list()));
  CHECK(reconcile(wanted, subject.list()).empty());
  REQUIRE(subject.list().size() == 1);
  CHECK(subject.list().front().backend == first);
}

TRAFFIC_CONTRACT("evict refuses while a request is in flight, and succeeds after it") {
  NEEDS_ITS_PROGRAM();
  Subject<World> subject{};
  const Backend backend{subject.world.backend("shop-1", "shop")};
  CHECK(subject.admit(backend));
  subject.world.hold_request(backend);
  CHECK(subject.drain(backend));
  if (World::counts_in_flight) {
    CHECK(subject.list("shop").at(0).in_flight == 1);
    const Result<void> refused = subject.evict(backend);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Errc::transitioning);
    CHECK(subject.list("shop").at(0).state == BackendState::draining);
  }
  subject.world.finish_request(backend);
  subject.evict_patiently(backend);
  CHECK(subject.list("shop").empty());
}

TRAFFIC_CONTRACT("calls that are given together do what they do one by one") {
  NEEDS_ITS_PROGRAM();
  Subject<World> subject{};
  std::vector<Backend> backends{};
  for (int i{1}; i <= 3; ++i) backends.push_back(subject.world.backend("web-" + std::to_string(i)));
  const auto together = [&](const std::vector<TrafficCall>& calls) {
    Traffic& traffic{subject.world.traffic()};
    const auto answers =
        subject.world.time().run(traffic.carry_out(calls, subject.world.time().soon()));
    REQUIRE(answers.size() == calls.size());
    for (const auto& answer : answers) CHECK(answer);
  };
  together({});
  together({{TrafficCall::Kind::admit, backends[0]}, {TrafficCall::Kind::admit, backends[1]}});
  CHECK(subject.list().size() == 2);
  together({{TrafficCall::Kind::admit, backends[2]}, {TrafficCall::Kind::drain, backends[0]}});
  const std::vector<WantedBackend> wanted{
      {backends[0], BackendState::draining}, {backends[1]}, {backends[2]}};
  CHECK(reconcile(wanted, subject.list()).empty());
  subject.evict_patiently(backends[0]);
  CHECK(reconcile({{backends[1]}, {backends[2]}}, subject.list()).empty());
}

}  // namespace spillway::contract_test
