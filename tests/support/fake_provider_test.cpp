#include "tests/support/fake_provider.hpp"

#include <doctest/doctest.h>

#include <boost/asio/io_context.hpp>
#include <string>
#include <vector>

#include "tests/support/manual_clock.hpp"
#include "tests/support/printing.hpp"

namespace spillway::testing {
namespace {

using namespace std::chrono_literals;
using Call = FakeProvider::Call;

struct Fixture {
  Result<void> create(std::string name) {
    GroupRequest request{};
    request.id.name = std::move(name);
    request.place.region = "eastus";
    request.tags.owner = "test";
    return clock.run(cloud.create(std::move(request), in(10s)));
  }
  Result<ProviderGroup> get(std::string name) { return clock.run(cloud.get({name}, in(10s))); }
  Result<void> remove(std::string name) { return clock.run(cloud.remove({name}, in(10s))); }
  std::vector<std::string> list() {
    std::vector<std::string> found{};
    const auto groups = clock.run(cloud.list(in(10s)));
    REQUIRE(groups);
    for (const ProviderGroup& group : groups->groups) found.push_back(group.id.name);
    return found;
  }
  io::Deadline in(Duration allowed) { return io::deadline_after(clock, allowed); }

  boost::asio::io_context context{};
  ManualClock clock{context};
  FakeProvider cloud{clock};
};

using Names = std::vector<std::string>;

TEST_CASE(
    "a group of the fake cloud is billed from the pull, runs later, and is gone after a delete") {
  Fixture world{};
  REQUIRE(world.create("web-1"));
  CHECK(world.get("web-1")->provisioning == Provisioning::pending);
  CHECK(!world.get("web-1")->billed_since);
  world.clock.advance_by(10s);
  CHECK(world.get("web-1")->billed_since == monday_noon + 10s);
  CHECK(world.get("web-1")->running == Running::waiting);
  world.clock.advance_by(20s);
  CHECK(world.get("web-1")->running == Running::running);
  REQUIRE(world.remove("web-1"));
  CHECK(world.get("web-1")->provisioning == Provisioning::deleting);
  world.clock.advance_by(5s);
  CHECK(world.get("web-1").error().code == Errc::not_found);
  world.clock.advance_by(1h);
  CHECK(world.cloud.billed_time() == 25s);
}

TEST_CASE("scripted failures come in order, each once, and do nothing") {
  Fixture world{};
  world.cloud.fail_next(Call::create, Error{Errc::no_capacity, "full"});
  world.cloud.fail_next(Call::create, Error{Errc::throttled, "slow down", 17s});
  CHECK(world.create("web-1").error().code == Errc::no_capacity);
  CHECK(world.create("web-1").error().retry_after == 17s);
  CHECK(world.cloud.names().empty());
  CHECK(world.create("web-1"));
  CHECK(world.cloud.count_calls("create web-1") == 3);
}

TEST_CASE("a lost answer takes the whole deadline, and the group is there all the same") {
  Fixture world{};
  world.cloud.lose_next_answer(Call::create);
  CHECK(world.create("web-1").error().code == Errc::timeout);
  CHECK(world.clock.now() == monday_noon + 10s);
  CHECK(world.get("web-1"));
}

TEST_CASE("a lagging listing misses what is new and still shows what is gone") {
  Fixture world{};
  world.cloud.behaviour.listing_lag = 20s;
  REQUIRE(world.create("web-1"));
  CHECK(world.list().empty());
  world.clock.advance_by(40s);
  CHECK(world.list() == Names{"web-1"});
  REQUIRE(world.remove("web-1"));
  world.clock.advance_by(10s);
  CHECK(world.get("web-1").error().code == Errc::not_found);
  CHECK(world.list() == Names{"web-1"});
  world.clock.advance_by(20s);
  CHECK(world.list().empty());
}

TEST_CASE("a delete during creation is refused, accepted or forgotten, as told") {
  Fixture world{};
  REQUIRE(world.create("web-1"));
  CHECK(world.remove("web-1").error().code == Errc::transitioning);
  world.cloud.behaviour.delete_during_create = DeleteDuringCreate::forgotten;
  CHECK(world.remove("web-1"));
  CHECK(world.get("web-1")->provisioning == Provisioning::pending);
  world.cloud.behaviour.delete_during_create = DeleteDuringCreate::accepted;
  CHECK(world.remove("web-1"));
  CHECK(world.get("web-1")->provisioning == Provisioning::deleting);
}

TEST_CASE("stuck creates and deletes end only when told") {
  Fixture world{};
  world.cloud.stick_next_create();
  REQUIRE(world.create("web-1"));
  world.clock.advance_by(2h);
  CHECK(world.get("web-1")->provisioning == Provisioning::pending);
  world.cloud.unstick("web-1");
  CHECK(world.get("web-1")->running == Running::running);
  world.cloud.stick_next_remove();
  REQUIRE(world.remove("web-1"));
  world.clock.advance_by(2h);
  CHECK(world.get("web-1")->provisioning == Provisioning::deleting);
  world.cloud.unstick("web-1");
  CHECK(world.get("web-1").error().code == Errc::not_found);
}

TEST_CASE("a group may end, move or vanish without our doing") {
  Fixture world{};
  for (const char* name : {"a", "b", "c"}) REQUIRE(world.create(name));
  world.clock.advance_by(30s);
  const std::string before{world.get("b")->ip};
  world.cloud.end_containers("a", "out of memory");
  world.cloud.move("b");
  world.cloud.vanish("c");
  CHECK(world.get("a")->running == Running::ended);
  CHECK(world.clock.run(world.cloud.logs({"a"}, 1, world.in(10s))).value() == "out of memory\n");
  CHECK(world.get("b")->ip != before);
  CHECK(world.get("b")->restarts == 1);
  CHECK(world.get("c").error().code == Errc::not_found);
}

TEST_CASE("a start that fails leaves a failed group that is billed until it is removed") {
  Fixture world{};
  world.cloud.fail_next_start("InsufficientCapacity.");
  REQUIRE(world.create("web-1"));
  world.clock.advance_by(30s);
  const auto seen = world.get("web-1");
  CHECK(seen->provisioning == Provisioning::failed);
  CHECK(seen->reason == "InsufficientCapacity.");
  CHECK(world.cloud.billed_time() == 20s);
}

TEST_CASE("the create window closes after its count and opens again when the oldest is old") {
  Fixture world{};
  world.cloud.behaviour.creates_per_5_minutes = 2;
  REQUIRE(world.create("a"));
  REQUIRE(world.create("b"));
  CHECK(world.cloud.create_tokens(world.clock.now()) == 0);
  CHECK(world.create("c").error().retry_after == 5min);
  world.clock.advance_by(5min);
  CHECK(world.cloud.create_tokens(world.clock.now()) == 2);
  CHECK(world.create("c"));
}

}  // namespace
}  // namespace spillway::testing
