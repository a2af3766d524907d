// Groups of a virtual node that was taken out of the settings.
#include "controller/wiring/node_groups.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/support/fake_provider.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/printing.hpp"

namespace spillway::node_groups_test {

using namespace spillway::testing;
using namespace std::chrono_literals;
using spillway::wiring::WithNodeGroups;

namespace {

struct Rig {
  Rig() {
    loop.behaviour.owner = "prod";
    node.behaviour.owner = "prod-node";
    loop.add_foreign("web-1", "prod");
    loop.add_foreign("spillway-uid", "prod-node");
    node.add_foreign("web-1", "prod");
    node.add_foreign("spillway-uid", "prod-node");
  }
  std::vector<std::string> names() {
    std::vector<std::string> found{};
    const auto listed = clock.run(both.list(io::deadline_after(clock, 10s)));
    REQUIRE(listed);
    for (const ProviderGroup& group : listed->groups) found.push_back(group.id.name);
    return found;
  }

  boost::asio::io_context context{};
  ManualClock clock{context};
  FakeProvider loop{clock};
  FakeProvider node{clock};
  WithNodeGroups both{loop, node, clock};
};

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("groups of a node that was switched off are listed and removed, not forgotten and paid") {
  Rig rig{};
  CHECK(rig.names() == Names{"web-1", "spillway-uid"});
  CHECK(rig.names() == Names{"web-1"});  // the node's own are asked for now and then
  rig.clock.advance_by(10min);
  CHECK(rig.names() == Names{"web-1", "spillway-uid"});
  const auto soon = io::deadline_after(rig.clock, 10s);
  const auto seen = rig.clock.run(rig.both.get({"spillway-uid"}, soon));
  REQUIRE(seen);
  CHECK(seen->tags.workload.starts_with("pod/"));
  CHECK(rig.clock.run(rig.both.remove({"spillway-uid"}, soon)));
  CHECK(rig.node.find("spillway-uid")->deleted_at);
}

TEST_CASE("while there is a node its groups are its own") {
  Rig rig{};
  rig.both.leave_to_node(true);
  CHECK(rig.names() == Names{"web-1"});
  const auto soon = io::deadline_after(rig.clock, 10s);
  CHECK(rig.clock.run(rig.both.get({"spillway-uid"}, soon)).error().code == Errc::denied);
  CHECK(rig.clock.run(rig.both.remove({"spillway-uid"}, soon)).error().code == Errc::denied);
  CHECK_FALSE(rig.node.find("spillway-uid")->deleted_at);
}

TEST_CASE("a lock on our own group was told as a tag that is not ours") {
  Rig rig{};
  const Error lock{.code = Errc::denied,
                   .context = "removing group web-1: HTTP 409 ScopeLocked: remove the lock",
                   .request_id = "4711"};
  const auto soon = io::deadline_after(rig.clock, 10s);
  rig.loop.fail_next(FakeProvider::Call::remove, lock);
  CHECK(rig.clock.run(rig.both.remove({"web-1"}, soon)).error() == lock);
  rig.loop.fail_next(FakeProvider::Call::get, lock);
  CHECK(rig.clock.run(rig.both.get({"web-1"}, soon)).error() == lock);
}

TEST_CASE("a listing of which a part failed is none") {
  Rig rig{};
  rig.node.fail_next(FakeProvider::Call::list, Error{Errc::unavailable, "502"});
  const auto soon = io::deadline_after(rig.clock, 10s);
  CHECK_FALSE(rig.clock.run(rig.both.list(soon)));
  CHECK(rig.names() == Names{"web-1", "spillway-uid"});
}

}  // namespace spillway::node_groups_test
