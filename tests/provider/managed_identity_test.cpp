#include "controller/provider/aci/managed_identity.hpp"

#include <doctest/doctest.h>

#include <boost/asio/io_context.hpp>
#include <string>
#include <vector>

#include "tests/provider/scripted_http.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/printing.hpp"

namespace spillway::aci::managed_identity_test {
namespace {

using namespace std::chrono_literals;
using testing::ManualClock;

constexpr const char* answer{
    R"({"access_token":"abc","expires_in":"3599","resource":"r","token_type":"Bearer"})"};

ManagedIdentity identity() {
  ManagedIdentity made{};
  made.endpoint = io::parse_url("http://169.254.169.254").value();
  return made;
}

struct Fixture {
  std::string fetch(Duration patience = 5min) {
    ManagedIdentityCredential credential{http, clock, identity()};
    const auto token = clock.run(credential.fetch(io::deadline_after(clock, patience)));
    return token ? std::string{token->text.reveal()} : std::string{to_string(token.error().code)};
  }

  boost::asio::io_context context{};
  ManualClock clock{context};
  testing::ScriptedHttp http{clock};
};

TEST_CASE("the metadata service is asked with its header in lower case") {
  Fixture world{};
  world.http.answer(200, answer);
  CHECK(world.fetch() == "abc");
  const io::HttpRequest& sent{world.http.requests.at(0)};
  CHECK(sent.method == "GET");
  CHECK(sent.headers.find("Metadata") == "true");
  CHECK(io::to_string(sent.url) ==
        "http://169.254.169.254:80/metadata/identity/oauth2/token?api-version=2018-02-01"
        "&resource=https%3A%2F%2Fmanagement.azure.com%2F");
}

TEST_CASE("a user-assigned identity is named by client id, or else by its resource id") {
  ManagedIdentity named{identity()};
  named.client_id = "c";
  named.resource_id = "/r";
  CHECK(token_request(named).url.target.ends_with("&client_id=c"));
  named.client_id.clear();
  CHECK(token_request(named).url.target.ends_with("&mi_res_id=%2Fr"));
}

TEST_CASE("the App Service protocol asks the whole endpoint, with the secret header") {
  ManagedIdentity app{};
  app.endpoint = io::parse_url("http://127.0.0.1:41741/msi/token").value();
  app.header = io::Secret{"853b"};
  const io::HttpRequest sent{token_request(app)};
  CHECK(sent.headers.find("X-IDENTITY-HEADER") == "853b");
  CHECK(!sent.headers.find("Metadata"));
  CHECK(io::to_string(sent.url) ==
        "http://127.0.0.1:41741/msi/token?api-version=2019-08-01"
        "&resource=https%3A%2F%2Fmanagement.azure.com%2F");
}

TEST_CASE("what passes is tried again after 1, 2 and 4 s, and a refusal never") {
  for (const int status : {404, 408, 429, 500, 503}) {
    CAPTURE(status);
    Fixture world{};
    for (int i{0}; i < 3; ++i) world.http.answer(status, R"({"error":"x"})");
    world.http.answer(200, answer);
    const TimePoint before{world.clock.now()};
    CHECK(world.fetch() == "abc");
    CHECK(world.clock.now() - before == 7s);
  }
  for (const int status : {400, 401, 403}) {
    CAPTURE(status);
    Fixture world{};
    world.http.answer(status, R"({"error":"invalid_request"})");
    CHECK(world.fetch() == "Denied");
    CHECK(world.http.requests.size() == 1);
  }
}

TEST_CASE("a metadata service that is being updated (410) is asked every 10 s for 70 s") {
  Fixture world{};
  for (int i{0}; i < 7; ++i) world.http.answer(410, R"({"error":"x"})");
  world.http.answer(200, answer);
  const TimePoint before{world.clock.now()};
  CHECK(world.fetch() == "abc");
  CHECK(world.clock.now() - before == 70s);
  CHECK(!pause_before_retry(410, 8, std::nullopt));
}

TEST_CASE("the server's Retry-After counts if it is longer, and no pause outlasts the deadline") {
  CHECK(pause_before_retry(429, 1, 9s) == Duration{9s});
  CHECK(pause_before_retry(429, 3, 1s) == Duration{4s});
  Fixture world{};
  world.http.answer(410, R"({"error":"x"})");
  const TimePoint before{world.clock.now()};
  CHECK(world.fetch(5s) != "abc");
  CHECK(world.clock.now() == before);
}

TEST_CASE("a machine without an identity is told what else there is") {
  Fixture world{};
  world.http.fail({Errc::unavailable, "connect: no route to host"});
  ManagedIdentityCredential credential{world.http, world.clock, identity()};
  const auto token = world.clock.run(credential.fetch(io::deadline_after(world.clock, 5s)));
  REQUIRE(!token);
  CHECK(token.error().context.find("client_secret") != std::string::npos);
}

}  // namespace
}  // namespace spillway::aci::managed_identity_test
