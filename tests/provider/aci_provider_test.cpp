#include "controller/provider/aci/aci_provider.hpp"

#include <doctest/doctest.h>

#include <string>

#include "tests/provider/provider_rig.hpp"
#include "tests/support/printing.hpp"

namespace spillway::aci::aci_provider_test {
namespace {

using namespace std::chrono_literals;
using Fixture = rig::ProviderRig;

const std::string path{
    "/subscriptions/sub/resourceGroups/burst/providers/Microsoft.ContainerInstance/"
    "containerGroups"};

TEST_CASE("a create returns once Azure has accepted it, also with an unreadable body") {
  Fixture world{};
  world.http.answer(201, Fixture::group("web-1", "Pending"));
  CHECK(world.create("web-1"));
  CHECK(world.asked(0) == "PUT " + path + "/web-1");
  world.http.answer(200, "<garbage>");
  CHECK(world.create("web-2"));
}

TEST_CASE("a create that Azure accepts and reports as failed at once is an error of its kind") {
  Fixture world{};
  world.http.answer(201, R"({"name":"web-1","properties":{"provisioningState":"Failed",
      "instanceView":{"events":[{"name":"InsufficientCapacity.","type":"Warning"}]}}})");
  CHECK(world.create("web-1").error().code == Errc::no_capacity);
  world.http.answer(201, Fixture::group("web-2", "Failed"));
  CHECK(world.create("web-2").error().code == Errc::unavailable);
}

TEST_CASE("a create repeated while the first one runs finds it, after a lost answer") {
  Fixture world{};
  const std::string busy{R"({"error":{"code":"ContainerGroupTransitioning","message":"later"}})"};
  world.http.answer(409, busy);
  world.http.answer(200, R"({"name":"web-1","properties":{"provisioningState":"Creating"},
      "tags":{"spillway-owner":"prod","spillway-workload":"","spillway-template":"",
              "spillway-intent-at":"1970-01-01T00:00:00.000Z"}})");
  CHECK(world.create("web-1"));
  world.http.answer(409, busy);
  world.http.answer(200, Fixture::group("web-1", "Deleting"));
  CHECK(world.create("web-1").error().code == Errc::transitioning);
}

TEST_CASE("a create that ended in a 504 or a broken connection is looked up by its name") {
  const std::string ours{R"({"name":"web-1","properties":{"provisioningState":"Creating"},
      "tags":{"spillway-owner":"prod","spillway-workload":"","spillway-template":"",
              "spillway-intent-at":"1970-01-01T00:00:00.000Z"}})"};
  const std::string missing{R"({"error":{"code":"ResourceNotFound","message":"no"}})"};
  Fixture world{};
  world.http.answer(504, R"({"error":{"code":"GatewayTimeout","message":"60 s"}})");
  world.http.answer(200, ours);
  CHECK(world.create("web-1"));
  CHECK(world.asked(1) == "GET " + path + "/web-1");
  world.http.fail({Errc::timeout, "no answer"});
  world.http.answer(404, missing);
  CHECK(world.create("web-1").error().code == Errc::timeout);
  CHECK(world.http.requests.size() == 4);
}

TEST_CASE("a request that Azure always refuses is not sent") {
  Fixture world{};
  CHECK(world.create("Not_A_Name").error().code == Errc::bad_request);
  CHECK(world.http.requests.empty());
  CHECK(world.provider.create_tokens(world.clock.now()) == 2);
}

TEST_CASE("creates beyond ACI's rate are held back here until a token is free") {
  Fixture world{};
  for (const char* name : {"a", "b"}) {
    world.http.answer(201, Fixture::group(name, "Pending"));
    REQUIRE(world.create(name));
  }
  CHECK(world.provider.create_tokens(world.clock.now()) == 0);
  const auto held = world.create("c");
  CHECK(held.error().code == Errc::throttled);
  CHECK(held.error().retry_after == 5min);
  CHECK(world.http.requests.size() == 2);
  world.clock.advance_by(5min);
  CHECK(world.provider.create_tokens(world.clock.now()) == 2);
}

TEST_CASE("while Azure throttles writes there are no create tokens") {
  Fixture world{};
  world.http.answer(429, "", io::Headers{{"Retry-After", "30"}});
  CHECK(world.create("a").error().code == Errc::throttled);
  CHECK(world.provider.create_tokens(world.clock.now()) == 0);
  CHECK(world.create("a").error().code == Errc::throttled);
  world.clock.advance_by(30s);
  CHECK(world.provider.create_tokens(world.clock.now()) == 1);
}

TEST_CASE("a group without our tag, or of another owner, is denied and never deleted") {
  Fixture world{};
  for (const char* owner : {"", "somebody"}) {
    world.http.answer(200, Fixture::group("web-1", "Succeeded", owner));
    CHECK(world.remove("web-1").error().code == Errc::denied);
    world.http.answer(200, Fixture::group("web-1", "Succeeded", owner));
    CHECK(world.get("web-1").error().code == Errc::denied);
  }
  for (std::size_t i{0}; i < world.http.requests.size(); ++i) {
    CHECK(world.http.requests[i].method == "GET");
  }
}

TEST_CASE("an answer about another group is malformed, not ours to delete") {
  Fixture world{};
  world.http.answer(200, Fixture::group("web-2", "Succeeded"));
  CHECK(world.remove("web-1").error().code == Errc::malformed);
  CHECK(world.http.requests.size() == 1);
}

TEST_CASE("a delete is started once: one under way is not sent again, a finished one is a fact") {
  Fixture world{};
  world.http.answer(200, Fixture::group("web-1", "Succeeded"));
  world.http.answer(202, "");
  CHECK(world.remove("web-1"));
  CHECK(world.asked(1) == "DELETE " + path + "/web-1");
  world.http.answer(200, Fixture::group("web-1", "Deleting"));
  CHECK(world.remove("web-1"));
  world.http.answer(404, R"({"error":{"code":"ResourceNotFound","message":"gone"}})");
  CHECK(world.remove("web-1").error().code == Errc::not_found);
  CHECK(world.http.requests.size() == 4);
}

TEST_CASE("a delete that finds nothing any more says so") {
  Fixture world{};
  world.http.answer(200, Fixture::group("web-1", "Succeeded"));
  world.http.answer(204, "");
  CHECK(world.remove("web-1").error().code == Errc::not_found);
}

TEST_CASE("deletes beyond ACI's rate are held back") {
  Fixture world{};
  world.http.answer(200, Fixture::group("a", "Succeeded"));
  world.http.answer(202, "");
  REQUIRE(world.remove("a"));
  world.http.answer(200, Fixture::group("b", "Succeeded"));
  CHECK(world.remove("b").error().retry_after == 5min);
}

TEST_CASE("a listing is all pages, ours only, and an error if any page is one") {
  Fixture world{};
  const std::string first{R"({"value":[)" + Fixture::group("A", "Succeeded") + "," +
                          Fixture::group("b", "Succeeded", "somebody") +
                          R"(],"nextLink":"https://arm.example/next"})"};
  world.http.answer(200, first);
  world.http.answer(200, R"({"value":[],"nextLink":"https://arm.example/more"})");
  world.http.answer(200, R"({"value":[)" + Fixture::group("c", "Deleting") + "]}");
  const auto groups = world.list();
  REQUIRE(groups);
  REQUIRE(groups->size() == 2);
  CHECK(groups->at(0).id.name == "a");
  CHECK(groups->at(0).place.subscription == "sub");
  CHECK(groups->at(1).provisioning == Provisioning::deleting);

  world.http.answer(200, first);
  world.http.answer(500, "");
  CHECK(world.list().error().code == Errc::unavailable);
  world.http.answer(200, R"({"value":[],"nextLink":"https://evil.example/next"})");
  CHECK(world.list().error().code == Errc::malformed);
}

TEST_CASE("an odd group of somebody else leaves the listing whole, one of ours does not") {
  Fixture world{};
  world.http.answer(200,
                    R"({"value":[{"name":"x","tags":{"spillway-owner":"other"},"zones":[1]},)" +
                        Fixture::group("a", "Succeeded") + "]}");
  REQUIRE(world.list());
  world.http.answer(200, R"({"value":[{"name":"x","tags":{"spillway-owner":"prod"},"zones":[1]},)" +
                             Fixture::group("a", "Succeeded") + "]}");
  CHECK(world.list().error().code == Errc::malformed);
}

TEST_CASE("a listing that never ends is given up") {
  Fixture world{};
  for (int page{0}; page < 1000; ++page) {
    world.http.answer(200, R"({"value":[],"nextLink":"https://arm.example/next"})");
  }
  CHECK(world.list().error().code == Errc::too_large);
  CHECK(world.http.left() == 0);
}

TEST_CASE("a failed group's reason is fetched from its operation, once, both ways") {
  Fixture world{};
  world.http.answer(201, Fixture::group("web-1", "Pending"),
                    io::Headers{{"Azure-AsyncOperation", "https://arm.example/operations/1"}});
  REQUIRE(world.create("web-1"));
  world.http.answer(200, Fixture::group("web-1", "Failed"));
  world.http.answer(200, R"({"status":"Failed","error":{"code":"ServiceUnavailable",
      "message":"not available in the location 'eastus'"}})");
  const auto failed = world.get("web-1");
  REQUIRE(failed);
  CHECK(failed->provisioning == Provisioning::failed);
  CHECK(failed->failed_with == Errc::no_capacity);
  CHECK(failed->reason == "ServiceUnavailable: not available in the location 'eastus'");
  world.http.answer(200, Fixture::group("web-1", "Failed"));
  CHECK(world.get("web-1"));
  CHECK(world.http.left() == 0);

  world.http.answer(201, Fixture::group("web-2", "Pending"),
                    io::Headers{{"Location", "https://arm.example/results/2"}});
  REQUIRE(world.create("web-2"));
  world.http.answer(200, Fixture::group("web-2", "Failed"));
  world.http.answer(409, R"({"error":{"code":"ContainerGroupQuotaReached","message":"x"}})");
  CHECK(world.get("web-2")->failed_with == Errc::quota);
}

TEST_CASE("usages and logs ask where they should") {
  Fixture world{};
  world.http.answer(200, R"({"value":[{"name":{"value":"ContainerGroups"},"currentValue":3,
      "limit":100}]})");
  Place place{};
  place.region = "East US";
  const auto rows = world.clock.run(world.provider.usages(place, world.in_a_minute()));
  REQUIRE(rows);
  CHECK(rows->at(0).used == 3);
  CHECK(world.asked(0) ==
        "GET /subscriptions/sub/providers/Microsoft.ContainerInstance/locations/eastus/usages");
  world.http.answer(200, R"({"content":"line\n"})");
  CHECK(world.clock.run(world.provider.logs({"web-1"}, 20, world.in_a_minute())).value() ==
        "line\n");
  CHECK(world.asked(1) == "GET " + path + "/web-1/containers/replica/logs");
  CHECK(world.http.requests.at(1).url.target.find("tail=20") != std::string::npos);
}

class NoCredential final : public Credential {
 public:
  boost::asio::awaitable<Result<AccessToken>> fetch(io::Deadline) override {
    ++fetches;
    co_return Error{Errc::denied, "AADSTS7000222: the secret has expired"};
  }
  int fetches{0};
};

TEST_CASE("a login that does not work puts a create off and is no verdict on it") {
  Fixture world{};
  NoCredential nobody{};
  TokenSource tokens{world.clock, nobody};
  ArmClient arm{world.http, tokens, world.clock, world.random, Fixture::options()};
  AciProvider provider{arm, world.clock, Fixture::settings(), "prod"};
  GroupRequest request{};
  request.id.name = "web-1";
  request.place.region = "eastus";
  request.replica.image = "nginx";
  request.tags.owner = "prod";
  const auto refused = world.clock.run(provider.create(request, world.in_a_minute()));
  CHECK(refused.error().code == Errc::throttled);
  CHECK(refused.error().retry_after.has_value());
  CHECK(refused.error().context.find("AADSTS7000222") != std::string::npos);
  CHECK(provider.create_tokens(world.clock.now()) == 0);  // so nothing is planned meanwhile
  CHECK(world.http.requests.empty());
  // What is read says what is wrong.
  CHECK(world.clock.run(provider.list(world.in_a_minute())).error().code == Errc::denied);
}

TEST_CASE("a token that Azure does not accept puts a create off as well") {
  Fixture world{};
  world.http.answer(401, "");
  world.http.answer(401, "");
  CHECK(world.create("web-1").error().code == Errc::throttled);
}

}  // namespace
}  // namespace spillway::aci::aci_provider_test
