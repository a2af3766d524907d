// Two providers over one connection, as the loop and the virtual node are: Azure counts their
// creates and deletes together.
#include <doctest/doctest.h>

#include <string>

#include "controller/provider/aci/aci_provider.hpp"
#include "tests/provider/arm_rig.hpp"
#include "tests/support/printing.hpp"

namespace spillway::aci::shared_rate_test {
namespace {

using namespace std::chrono_literals;

struct Pair : rig::ArmRig {
  static AciSettings settings() {
    AciSettings settings{ArmRig::settings()};
    settings.creates = WindowLimits{.per_5_minutes = 2, .per_hour = 3};
    return settings;
  }
  Result<void> create(AciProvider& by, std::string owner, std::string name) {
    GroupRequest request{};
    request.id.name = name;
    request.place.region = "eastus";
    request.replica.image = "nginx";
    request.tags.owner = std::move(owner);
    http.answer(201, R"({"name":")" + name + R"(","properties":{"provisioningState":"Pending"}})");
    return clock.run(by.create(std::move(request), io::deadline_after(clock, 1min)));
  }

  AciProvider loop{arm, clock, settings(), "prod"};
  AciProvider node{arm, clock, settings(), "prod-node"};
};

TEST_CASE("the loop's creates and the node's keep within one window of the region") {
  Pair pair{};
  pair.node.count_with(pair.loop);
  CHECK(pair.create(pair.loop, "prod", "web-1"));
  CHECK(pair.node.create_tokens(pair.clock.now()) == 1);
  CHECK(pair.create(pair.node, "prod-node", "pod-1"));
  CHECK(pair.loop.create_tokens(pair.clock.now()) == 0);
  const std::size_t sent{pair.http.requests.size()};
  CHECK(pair.create(pair.node, "prod-node", "pod-2").error().code == Errc::throttled);
  CHECK(pair.create(pair.loop, "prod", "web-2").error().code == Errc::throttled);
  CHECK(pair.http.requests.size() == sent);  // held back here: Azure hears nothing of them
  pair.clock.advance_by(6min);
  CHECK(pair.loop.create_tokens(pair.clock.now()) == 1);  // one is left of the hour
}

TEST_CASE("what an earlier run of one has created counts for the other") {
  Pair pair{};
  pair.node.count_with(pair.loop);
  const Place place{.region = "eastus"};
  pair.loop.note_past_create(place, pair.clock.now() - 1min);
  pair.loop.note_past_create(place, pair.clock.now() - 1min);
  CHECK(pair.create(pair.node, "prod-node", "pod-1").error().code == Errc::throttled);
}

}  // namespace
}  // namespace spillway::aci::shared_rate_test
