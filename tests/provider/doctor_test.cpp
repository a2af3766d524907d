#include "controller/provider/aci/doctor.hpp"

#include <doctest/doctest.h>

#include <boost/asio/io_context.hpp>
#include <string>

#include "tests/provider/scripted_http.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/printing.hpp"

namespace spillway::aci::doctor_test {
namespace {

using namespace std::chrono_literals;
using testing::ManualClock;

class OneCredential final : public Credential {
 public:
  boost::asio::awaitable<Result<AccessToken>> fetch(io::Deadline deadline) override {
    if (refusal) co_return *refusal;
    AccessToken token{io::Secret{"token"}, deadline.at, deadline.at + 1000h};
    co_return token;
  }
  std::optional<Error> refusal{};
};

struct Fixture {
  static ArmOptions options() {
    ArmOptions options{};
    options.endpoint = io::parse_url("https://arm.example").value();
    return options;
  }
  std::string examine() {
    AciSettings settings{};
    settings.subscription = "s";
    settings.resource_group = "burst";
    settings.region = "eastus";
    if (!places.empty()) {
      settings.region.clear();
      settings.places = places;
    }
    web.workload = "web";
    std::string all{};
    const Instruments with{http, tokens, arm, clock};
    for (const Finding& each :
         clock.run(aci::examine(with, settings, {web}, io::deadline_after(clock, 1min)))) {
      all += each.check + ": " + std::string{to_string(each.health)} + "\n";
    }
    return all;
  }

  /// Azure's answers to the five questions before the registry.
  void script_azure() {
    for (int i{0}; i < 5; ++i) http.answer(403, R"({"error": {"code": "AuthorizationFailed"}})");
  }
  std::string registry_finding() {
    const std::string all{examine()};
    return all.substr(all.find("registry: "));
  }
  std::string sent_login(std::size_t request) const {
    return std::string{
        http.requests.at(request).headers.find("Authorization").value_or(std::string_view{})};
  }

  std::vector<PlaceSettings> places{};
  Wanted web{.workload = "web", .replica = {.image = "example.azurecr.io/web:1"}};
  boost::asio::io_context context{};
  ManualClock clock{context};
  testing::ScriptedHttp http{clock};
  io::SeededRandom random{7};
  OneCredential credential{};
  TokenSource tokens{clock, credential};
  ArmClient arm{http, tokens, clock, random, options()};
};

TEST_CASE("the doctor asks for everything that a burst needs, and creates nothing") {
  Fixture world{};
  world.http.answer(200, "{}", io::Headers{{"Date", "Mon, 23 Nov 2026 12:10:00 GMT"}});
  world.http.answer(200, R"({"value": [{"actions": ["*"], "notActions": []}]})");
  world.http.answer(200, R"({"registrationState": "Registered"})");
  world.http.answer(200, R"({"value": [{"osType": "Linux", "ipAddressType": "Public",
      "capabilities": {"maxMemoryInGB": 16, "maxCpu": 4}}]})");
  world.http.answer(200, R"({"value": [{"name": {"value": "StandardCores"}, "currentValue": 0,
      "limit": 0}]})");
  world.http.answer(200, "");
  CHECK(world.examine() ==
        "identity: ok\nresource group: ok\nclock: failure\nrights: ok\nregistration: ok\n"
        "capabilities: ok\nquota: failure\nregistry: ok\n");
  for (const io::HttpRequest& request : world.http.requests) {
    CHECK((request.method == "GET" || request.method == "HEAD"));
  }
  CHECK(world.http.requests.at(0).url.target ==
        "/subscriptions/s/resourceGroups/burst?api-version=2021-04-01");
  CHECK(io::to_string(world.http.requests.at(5).url) ==
        "https://example.azurecr.io:443/v2/web/manifests/1");
  CHECK(!world.http.requests.at(5).headers.find("Authorization"));
}

TEST_CASE("without a token nothing else is asked, as nothing else could be true") {
  Fixture world{};
  world.credential.refusal = Error{Errc::denied, "AADSTS7000215"};
  CHECK(world.examine() == "identity: failure\n");
  CHECK(world.http.requests.empty());
}

TEST_CASE("a question that fails is a finding, and the others are asked all the same") {
  Fixture world{};
  const char* missing{R"({"error": {"code": "ResourceGroupNotFound", "message": "no"}})"};
  world.http.answer(404, missing);
  for (int i{0}; i < 4; ++i)
    world.http.answer(403, R"({"error": {"code": "AuthorizationFailed"}})");
  world.http.fail({Errc::unavailable, "no such name"});
  CHECK(world.examine() ==
        "identity: ok\nresource group: failure\nrights: warning\nregistration: warning\n"
        "capabilities: warning\nquota: warning\nregistry: warning\n");
}

TEST_CASE("a workload that keeps groups warm has its pool's resource provider asked for") {
  Fixture world{};
  world.web.keeps_warm = true;
  for (int i{0}; i < 6; ++i) world.http.answer(403, R"({"error": {"code": "X"}})");
  world.http.answer(200, "");
  const std::string all{world.examine()};
  CHECK(all.find("registration: warning\nregistration: warning\n") != std::string::npos);
  CHECK(world.http.requests.at(3).url.target ==
        "/subscriptions/s/providers/Microsoft.StandbyPool?api-version=2021-04-01");
}

const io::Headers asks_for_token{
    {"WWW-Authenticate",
     R"(Bearer realm="https://example.azurecr.io/oauth2/token",service="example.azurecr.io")"}};

TEST_CASE("an image is looked for as a pull would, with the account and without pulling it") {
  Fixture world{};
  world.web.replica.registry_server = "example.azurecr.io";
  world.web.replica.registry_username = "puller";
  world.web.replica.registry_password = "pw";
  world.script_azure();
  world.http.answer(401, "", asks_for_token);
  world.http.answer(200, R"({"access_token": "t0"})");
  SUBCASE("it is there") {
    world.http.answer(200, "");
    CHECK(world.registry_finding() == "registry: ok\n");
  }
  SUBCASE("its tag is not") {
    world.http.answer(404, "");
    CHECK(world.registry_finding() == "registry: failure\n");
  }
  SUBCASE("too many have asked") {
    world.http.answer(429, "");
    CHECK(world.registry_finding() == "registry: warning\n");
  }
  REQUIRE(world.http.requests.size() == 8);
  CHECK(world.http.requests.at(5).method == "HEAD");
  CHECK(world.sent_login(5) == "");
  CHECK(io::to_string(world.http.requests.at(6).url) ==
        "https://example.azurecr.io:443/oauth2/token?service=example.azurecr.io&"
        "scope=repository%3Aweb%3Apull");
  CHECK(world.sent_login(6) == "Basic cHVsbGVyOnB3");
  CHECK(world.http.requests.at(7).method == "HEAD");
  CHECK(world.sent_login(7) == "Bearer t0");
}

TEST_CASE("a registry that wants a login is a failure without one, and fine with an identity") {
  Fixture world{};
  world.script_azure();
  world.http.answer(401, "", asks_for_token);
  world.http.answer(401, "");
  SUBCASE("without") {
    CHECK(world.registry_finding() == "registry: failure\n");
  }
  SUBCASE("with an identity, which only Azure has") {
    world.web.replica.registry_identity = "/subscriptions/s/.../web";
    CHECK(world.registry_finding() == "registry: ok\n");
  }
  CHECK(world.sent_login(6) == "");
}

TEST_CASE("the account goes to its own registry and never in clear") {
  Fixture world{};
  world.web.replica.registry_server = "other.example";
  world.web.replica.registry_username = "puller";
  world.script_azure();
  SUBCASE("another registry") {
    world.http.answer(401, "", asks_for_token);
    world.http.answer(401, "");
    CHECK(world.registry_finding() == "registry: failure\n");
    for (std::size_t i{5}; i < world.http.requests.size(); ++i) CHECK(world.sent_login(i) == "");
  }
  SUBCASE("a realm without TLS") {
    world.web.replica.registry_server = "example.azurecr.io";
    world.http.answer(401, "", {{"WWW-Authenticate", "Bearer realm=\"http://evil.example/t\""}});
    CHECK(world.registry_finding() == "registry: warning\n");
    CHECK(world.http.requests.size() == 6);
  }
}

TEST_CASE("the doctor looks at every subscription and resource group that places name") {
  Fixture world{};
  world.places = {{.region = "eastus"},
                  {.subscription = "other", .resource_group = "far", .region = "eastus"}};
  for (int i{0}; i < 10; ++i) world.http.answer(404, "");
  world.http.answer(200, "");
  const std::string found{world.examine()};
  CHECK(found.find("resource group: failure\nrights: warning\nresource group: failure\n") !=
        std::string::npos);
  std::string asked{};
  for (const io::HttpRequest& request : world.http.requests) asked += request.url.target + "\n";
  for (const char* part :
       {"/subscriptions/s/resourceGroups/burst?", "/subscriptions/other/resourceGroups/far?",
        "/subscriptions/other/resourceGroups/far/providers/"
        "Microsoft.Authorization/permissions",
        "/subscriptions/other/providers/Microsoft.ContainerInstance?",
        "/subscriptions/other/providers/Microsoft.ContainerInstance/locations/"
        "eastus/usages"}) {
    CAPTURE(part);
    CHECK(asked.find(part) != std::string::npos);
  }
}

TEST_CASE("the images of sidecars and init containers, and every size, are looked at as well") {
  Fixture world{};
  Sidecar proxy{};
  proxy.parts.image = "example.azurecr.io/proxy:1";
  world.web.replica.sidecars.push_back(proxy);
  InitContainer init{};
  init.parts.image = "example.azurecr.io/init:1";
  world.web.replica.init_containers.push_back(init);
  world.web.sizes = {{.vcpu = 31.0, .memory_gb = 4.0}};
  for (int i{0}; i < 3; ++i) world.http.answer(403, "");
  world.http.answer(200, R"({"value": [{"osType": "Linux", "ipAddressType": "Public",
      "capabilities": {"maxMemoryInGB": 16, "maxCpu": 4}}]})");
  world.http.answer(403, "");
  for (int i{0}; i < 3; ++i) world.http.answer(200, "");
  const std::string found{world.examine()};
  CHECK(found.find("capabilities: ok\ncapabilities: failure\n") != std::string::npos);
  CHECK(found.ends_with("registry: ok\nregistry: ok\nregistry: ok\n"));
}

}  // namespace
}  // namespace spillway::aci::doctor_test
