#include "controller/traffic/reconcile.hpp"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <random>

#include "tests/support/fake_traffic.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/printing.hpp"

namespace spillway::reconcile_test {

namespace {

using Kind = TrafficCall::Kind;

Backend backend(std::string group, std::string ip = "10.0.0.4", int weight = 100) {
  return {.group = {std::move(group)},
          .workload = "web",
          .ip = std::move(ip),
          .port = 8080,
          .weight = weight};
}

/// Of a balancer that keeps no names.
Backend nameless(Backend known) {
  known.group = {};
  return known;
}

/// What a balancer without failures makes of one call.
void apply(const TrafficCall& call, std::vector<ListedBackend>& world) {
  const ListedBackend* const found{find_listed(world, call.backend)};
  const auto place = world.begin() + (found == nullptr ? std::ssize(world) : found - world.data());
  switch (call.kind) {
    case Kind::admit:
      if (place != world.end()) {
        *place = {call.backend, BackendState::admitted, place->in_flight};
      } else {
        world.push_back({call.backend, BackendState::admitted, 0});
      }
      break;
    case Kind::drain:
      if (place != world.end()) place->state = BackendState::draining;
      break;
    case Kind::evict:
      if (place != world.end()) world.erase(place);
      break;
  }
}

}  // namespace

TEST_CASE("what is as wanted is left alone") {
  const std::vector<WantedBackend> wanted{{backend("a"), BackendState::admitted},
                                          {backend("b", "10.0.0.5"), BackendState::draining}};
  const std::vector<ListedBackend> listed{{backend("a"), BackendState::admitted, 3},
                                          {backend("b", "10.0.0.5"), BackendState::draining, 1}};
  CHECK(reconcile(wanted, listed).empty());
}

TEST_CASE("each difference is answered by one call") {
  struct Row {
    const char* name;
    std::vector<WantedBackend> wanted;
    std::vector<ListedBackend> listed;
    std::vector<TrafficCall> calls;
  };
  const Backend a{backend("a")};
  const Backend moved{backend("a", "10.0.0.9")};
  const Backend heavy{backend("a", "10.0.0.4", 200)};
  const std::vector<Row> rows{
      {"a restarted balancer forgot it", {{a}}, {}, {{Kind::admit, a}}},
      {"it drains and is wanted again",
       {{a}},
       {{a, BackendState::draining, 2}},
       {{Kind::admit, a}}},
      {"its address changed", {{moved}}, {{a}}, {{Kind::admit, moved}}},
      {"its weight changed", {{heavy}}, {{a}}, {{Kind::admit, heavy}}},
      {"one of two balancers misses it", {{a}}, {{a, BackendState::partial}}, {{Kind::admit, a}}},
      {"it is to drain", {{a, BackendState::draining}}, {{a}}, {{Kind::drain, a}}},
      {"one of two balancers did not hear of the drain",
       {{a, BackendState::draining}},
       {{a, BackendState::partial}},
       {{Kind::drain, a}}},
      {"it is to drain and is not there", {{a, BackendState::draining}}, {}, {}},
      {"it is not wanted", {}, {{a}}, {{Kind::evict, a}}},
      {"a nameless entry at the address is it", {{a}}, {{nameless(a)}}, {}},
      {"a nameless entry at another address is not it",
       {{moved}},
       {{nameless(a)}},
       {{Kind::admit, moved}, {Kind::evict, nameless(a)}}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    CHECK(reconcile(row.wanted, row.listed) == row.calls);
  }
}

TEST_CASE("capacity is added before any is taken away") {
  const Backend a{backend("a")}, b{backend("b", "10.0.0.5")}, c{backend("c", "10.0.0.6")};
  const auto calls = reconcile({{a, BackendState::draining}, {b}}, {{a}, {c}});
  REQUIRE(calls.size() == 3);
  CHECK(calls[0] == TrafficCall{Kind::admit, b});
  CHECK(calls[1] == TrafficCall{Kind::drain, a});
  CHECK(calls[2] == TrafficCall{Kind::evict, c});
  CHECK(to_string(calls[0]) == "admit b at 10.0.0.5:8080");
}

TEST_CASE("the calls, carried out, leave nothing to do") {
  for (unsigned seed{1}; seed <= 500; ++seed) {
    CAPTURE(seed);
    std::mt19937 random{seed};
    const auto below = [&](int limit) { return static_cast<int>(random() % unsigned(limit)); };
    const auto any_state = [&](int kinds) { return static_cast<BackendState>(below(kinds)); };
    std::vector<WantedBackend> wanted{};
    std::vector<ListedBackend> listed{};
    for (int group{0}; group < 12; ++group) {
      // Addresses are unique among what is wanted, as those of container groups are.
      const Backend one{backend("g" + std::to_string(group), "10.0.0." + std::to_string(group + 1),
                                100 * (1 + below(2)))};
      if (below(3) > 0) wanted.push_back({one, any_state(2)});
      Backend seen{one};
      if (below(4) == 0) seen.ip = "10.9.0." + std::to_string(group + 1);
      if (below(4) == 0) seen = nameless(seen);
      if (below(3) > 0) listed.push_back({seen, any_state(3), below(5)});
    }
    std::shuffle(listed.begin(), listed.end(), random);
    for (const TrafficCall& call : reconcile(wanted, listed)) apply(call, listed);
    const auto left = reconcile(wanted, listed);
    CHECK(left.empty());
    for (const WantedBackend& wish : wanted) {
      const ListedBackend* const found{find_listed(listed, wish.backend)};
      if (wish.state == BackendState::admitted) REQUIRE(found != nullptr);
      if (found != nullptr) CHECK(found->state == wish.state);
    }
  }
}

TEST_CASE("the fake balancer fails as told and forgets everything when it restarts") {
  boost::asio::io_context context{};
  testing::ManualClock clock{context};
  testing::FakeTraffic traffic{clock};
  const io::Deadline soon{io::deadline_after(clock, std::chrono::seconds{1})};
  traffic.fail_next(testing::FakeTraffic::Call::admit, Error{Errc::unavailable, "refused"});
  CHECK(clock.run(traffic.admit(backend("a"), soon)).error().code == Errc::unavailable);
  CHECK(clock.run(traffic.admit(backend("a"), soon)));
  CHECK(traffic.is_admitted("a"));
  traffic.restart();
  CHECK(clock.run(traffic.list("web", soon)).value().empty());
  CHECK(traffic.calls ==
        std::vector<std::string>{"admit a 10.0.0.4:8080", "admit a 10.0.0.4:8080", "list web"});
  clock.advance_by(std::chrono::seconds{1});
  CHECK(clock.run(traffic.list("web", soon)).error().code == Errc::timeout);
}

}  // namespace spillway::reconcile_test
