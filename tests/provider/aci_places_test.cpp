// Groups in several subscriptions, resource groups and regions at once.
#include "controller/provider/aci/aci_provider.hpp"

#include <doctest/doctest.h>

#include <string>

#include "tests/provider/provider_rig.hpp"
#include "tests/support/printing.hpp"

namespace spillway::aci::aci_places_test {
namespace {

using namespace std::chrono_literals;
using Fixture = rig::ProviderRig;

const std::string path{
    "/subscriptions/sub/resourceGroups/burst/providers/Microsoft.ContainerInstance/"
    "containerGroups"};

/// Two subscriptions with a resource group each: `sub`/`burst` in eastus, `other`/`far` in westus.
struct TwoScopes : Fixture {
  static AciSettings settings() {
    AciSettings made{Fixture::settings()};
    made.region.clear();
    made.places = {{.region = "eastus"},
                   {.subscription = "other", .resource_group = "far", .region = "westus"}};
    return made;
  }
  Result<void> create(std::string name, std::string region) {
    GroupRequest request{};
    request.id.name = std::move(name);
    request.place = {.subscription = region == "westus" ? "other" : "sub", .region = region};
    request.replica.image = "nginx";
    request.tags.owner = "prod";
    return clock.run(both.create(std::move(request), in_a_minute()));
  }

  AciProvider both{arm, clock, settings(), "prod"};
};

const std::string far_path{
    "/subscriptions/other/resourceGroups/far/providers/Microsoft.ContainerInstance/"
    "containerGroups"};

TEST_CASE("a subscription that cannot be listed leaves the others known, and is named") {
  TwoScopes world{};
  world.http.answer(200, R"({"value":[)" + Fixture::group("web-1", "Succeeded") + "]}");
  world.http.answer(200, R"({"value":[)" + Fixture::group("web-2", "Succeeded") + "]}");
  const auto listed = world.clock.run(world.both.list(world.in_a_minute()));
  REQUIRE(listed);
  REQUIRE(listed->groups.size() == 2);
  CHECK(listed->groups.at(1).place.subscription == "other");
  CHECK(listed->is_whole());
  CHECK(world.asked(1) == "GET " + far_path);

  const std::string half{R"({"value":[)" + Fixture::group("web-3", "Succeeded") +
                         R"(],"nextLink":"https://arm.example/next"})"};
  world.http.answer(200, half);  // one page of it is no listing
  world.http.answer(403, R"({"error":{"code":"AuthorizationFailed","message":"no"}})");
  world.http.answer(200, R"({"value":[)" + Fixture::group("web-2", "Succeeded") + "]}");
  const auto partial = world.clock.run(world.both.list(world.in_a_minute()));
  REQUIRE(partial);
  REQUIRE(partial->groups.size() == 1);
  CHECK(partial->groups.at(0).id.name == "web-2");
  REQUIRE(partial->unlisted.size() == 1);
  REQUIRE(partial->unlisted.at(0).places.size() == 1);
  CHECK(partial->unlisted.at(0).places.at(0).region == "eastus");
  CHECK(partial->unlisted.at(0).error.code == Errc::denied);

  world.http.answer(500, "");
  world.http.answer(500, "");
  CHECK(world.clock.run(world.both.list(world.in_a_minute())).error().code == Errc::unavailable);
}

TEST_CASE("a group is created, asked for and deleted where its place is") {
  TwoScopes world{};
  world.http.answer(201, Fixture::group("web-1", "Pending"));
  REQUIRE(world.create("web-1", "westus"));
  CHECK(world.asked(0) == "PUT " + far_path + "/web-1");
  world.http.answer(200, Fixture::group("web-1", "Succeeded"));
  world.http.answer(202, "");
  CHECK(world.clock.run(world.both.remove({"web-1"}, world.in_a_minute())));
  CHECK(world.asked(1) == "GET " + far_path + "/web-1");
  CHECK(world.asked(2) == "DELETE " + far_path + "/web-1");
}

TEST_CASE("a group that nobody remembers is gone only if no subscription has it") {
  const std::string missing{R"({"error":{"code":"ResourceNotFound","message":"no"}})"};
  TwoScopes world{};
  world.http.answer(404, missing);
  world.http.answer(200, Fixture::group("web-1", "Succeeded"));
  CHECK(world.clock.run(world.both.get({"web-1"}, world.in_a_minute())));
  world.http.answer(404, missing);
  world.http.answer(404, missing);
  CHECK(world.clock.run(world.both.get({"web-2"}, world.in_a_minute())).error().code ==
        Errc::not_found);
  world.http.answer(404, missing);
  world.http.answer(500, "");
  CHECK(world.clock.run(world.both.get({"web-2"}, world.in_a_minute())).error().code ==
        Errc::unavailable);
}

TEST_CASE("each region of a subscription has a create rate of its own") {
  TwoScopes world{};
  for (const char* name : {"a", "b"}) {
    world.http.answer(201, Fixture::group(name, "Pending"));
    REQUIRE(world.create(name, "eastus"));
  }
  CHECK(world.create("c", "eastus").error().code == Errc::throttled);
  const TimePoint now{world.clock.now()};
  CHECK(world.both.create_tokens_in({.subscription = "sub", .region = "eastus"}, now) == 0);
  CHECK(world.both.create_tokens_in({.subscription = "other", .region = "westus"}, now) == 2);
  CHECK(world.both.create_tokens(now) == 2);
  world.http.answer(201, Fixture::group("d", "Pending"));
  CHECK(world.create("d", "westus"));
}

TEST_CASE("creates that an earlier run sent count against the rate") {
  TwoScopes world{};
  const TimePoint now{world.clock.now()};
  const Place east{.subscription = "sub", .region = "eastus"};
  world.both.note_past_create(east, now - 59min);
  world.both.note_past_create(east, now - 2min);
  world.both.note_past_create(east, now - 1min);
  CHECK(world.both.create_tokens_in(east, now) == 0);
  CHECK(world.create("a", "eastus").error().code == Errc::throttled);
  CHECK(world.http.requests.empty());
  CHECK(world.both.create_tokens_in(east, now + 3min + 1s) == 1);
  CHECK(world.both.create_tokens(now) == 2);  // the other region is free
}

/// Two regions of one subscription and one resource group.
struct TwoRegions : Fixture {
  static AciSettings settings() {
    AciSettings made{Fixture::settings()};
    made.region.clear();
    made.places = {{.region = "eastus"}, {.region = "westus"}};
    return made;
  }
  Result<void> create(std::string name, std::string region) {
    GroupRequest request{};
    request.id.name = std::move(name);
    request.place = {.subscription = "sub", .region = std::move(region)};
    request.replica.image = "nginx";
    request.tags.owner = "prod";
    return clock.run(both.create(std::move(request), in_a_minute()));
  }

  AciProvider both{arm, clock, settings(), "prod"};
};

TEST_CASE("a 429 for the creates of one region leaves those of the others alone") {
  TwoRegions world{};
  const Place east{.subscription = "sub", .region = "eastus"};
  const Place west{.subscription = "sub", .region = "westus"};
  world.http.answer(429, R"({"error":{"code":"TooManyRequests","message":"slow"}})",
                    io::Headers{{"Retry-After", "600"}});
  CHECK(world.create("a", "eastus").error().retry_after == 600s);
  CHECK(world.create("b", "eastus").error().code == Errc::throttled);
  CHECK(world.http.requests.size() == 1);
  CHECK(world.both.create_tokens_in(east, world.clock.now()) == 0);
  CHECK(world.both.create_tokens_in(west, world.clock.now()) == 2);
  world.http.answer(201, Fixture::group("c", "Pending"));
  CHECK(world.create("c", "westus"));

  world.http.answer(429, R"({"error":{"code":"SubscriptionRequestsThrottled","message":"slow"}})",
                    io::Headers{{"Retry-After", "600"}});
  CHECK(world.create("d", "westus").error().code == Errc::throttled);
  world.clock.advance_by(599s);  // east's own pause has a second left, the lane's has as well
  CHECK(world.both.create_tokens_in(west, world.clock.now()) == 0);
}

}  // namespace
}  // namespace spillway::aci::aci_places_test
