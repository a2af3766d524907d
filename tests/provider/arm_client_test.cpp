#include "controller/provider/aci/arm_client.hpp"

#include <doctest/doctest.h>

#include <boost/asio/io_context.hpp>
#include <string>

#include "tests/provider/scripted_http.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/printing.hpp"

namespace spillway::aci::arm_client_test {
namespace {

using namespace std::chrono_literals;
using testing::ManualClock;

class CountingCredential final : public Credential {
 public:
  explicit CountingCredential(io::Clock& clock) : clock_{clock} {}
  boost::asio::awaitable<Result<AccessToken>> fetch(io::Deadline) override {
    AccessToken token{io::Secret{"token-" + std::to_string(++fetches)}, clock_.now(),
                      clock_.now() + 1h};
    co_return token;
  }
  int fetches{0};

 private:
  io::Clock& clock_;
};

struct Fixture {
  static ArmOptions options() {
    ArmOptions options{};
    options.endpoint = io::parse_url("https://arm.example").value();
    return options;
  }
  Result<io::HttpResponse> send(std::string method = "GET", std::string body = {}) {
    ArmRequest request{};
    request.method = std::move(method);
    request.path = "/subscriptions/s/x";
    request.query = {{"tail", "5"}};
    request.body = std::move(body);
    request.what = "doing it";
    return clock.run(arm.send(std::move(request), io::deadline_after(clock, 60s)));
  }
  Result<io::HttpResponse> follow(std::string link) {
    return clock.run(arm.follow(std::move(link), "doing it", io::deadline_after(clock, 60s)));
  }

  boost::asio::io_context context{};
  ManualClock clock{context};
  testing::ScriptedHttp http{clock};
  io::SeededRandom random{7};
  CountingCredential credential{clock};
  TokenSource tokens{clock, credential};
  ArmClient arm{http, tokens, clock, random, options()};
};

TEST_CASE("a request carries version, token and an id of its own") {
  Fixture world{};
  world.http.answer(201, "{}");
  CHECK(world.send("PUT", "{\"a\":1}")->status == 201);
  const io::HttpRequest& sent{world.http.requests.at(0)};
  CHECK(io::to_string(sent.url) ==
        "https://arm.example:443/subscriptions/s/x?tail=5&api-version=2025-09-01");
  CHECK(sent.headers.find("Authorization") == "Bearer token-1");
  CHECK(sent.headers.find("Content-Type") == "application/json");
  const std::string id{sent.headers.find("x-ms-client-request-id").value()};
  REQUIRE(id.size() == 36);
  CHECK(id[14] == '4');
  world.http.answer(200, "{}");
  REQUIRE(world.send());
  CHECK(world.http.requests.at(1).headers.find("x-ms-client-request-id") != id);
  CHECK(!world.http.requests.at(1).headers.find("Content-Type"));
}

TEST_CASE("a 401 drops the token and tries once more, and only once") {
  Fixture world{};
  world.http.answer(401, R"({"error":{"code":"ExpiredAuthenticationToken"}})");
  world.http.answer(200, "{}");
  CHECK(world.send());
  CHECK(world.http.requests.at(1).headers.find("Authorization") == "Bearer token-2");

  world.http.answer(401, R"({"error":{"code":"InvalidAuthenticationToken"}})");
  world.http.answer(401, R"({"error":{"code":"InvalidAuthenticationToken"}})");
  CHECK(world.send().error().code == Errc::denied);
  CHECK(world.http.requests.size() == 4);
  CHECK(world.credential.fetches == 3);
}

TEST_CASE("while Azure's pause lasts nothing of that kind is sent, other kinds are") {
  Fixture world{};
  world.http.answer(429, "", io::Headers{{"Retry-After", "30"}});
  const auto refused = world.send("PUT", "{}");
  CHECK(refused.error().code == Errc::throttled);
  CHECK(refused.error().retry_after == 30s);
  world.clock.advance_by(10s);
  CHECK(world.send("PUT", "{}").error().retry_after == 20s);
  CHECK(world.http.requests.size() == 1);
  world.http.answer(200, "{}");
  CHECK(world.send("GET"));
  world.http.answer(202, "");
  CHECK(world.send("DELETE"));
  world.clock.advance_by(20s);
  world.http.answer(200, "{}");
  CHECK(world.send("PUT", "{}"));
}

TEST_CASE("a 429 without Retry-After makes a pause of our own that grows") {
  Fixture world{};
  Duration before{0};
  for (int i{0}; i < 4; ++i) {
    world.http.answer(429, "");
    const Duration pause{world.send().error().retry_after.value()};
    CHECK(pause > before);
    before = pause;
    world.clock.advance_by(pause);
  }
}

TEST_CASE("every error has a request id: the server's, or else the one we sent") {
  Fixture world{};
  world.http.answer(500, "", io::Headers{{"x-ms-request-id", "server-1"}});
  CHECK(world.send().error().request_id == "server-1");
  world.http.answer(500, "");
  CHECK(world.send().error().request_id.size() == 36);
  world.http.fail({Errc::unavailable, "connection reset"});
  const auto reset = world.send();
  CHECK(reset.error().context == "doing it: connection reset");
  CHECK(reset.error().request_id.size() == 36);
}

TEST_CASE("one request waits no longer than its own limit") {
  Fixture world{};
  world.http.delay(2min);
  world.http.answer(200, "{}");
  const TimePoint before{world.clock.now()};
  CHECK(world.send().error().code == Errc::timeout);
  CHECK(world.clock.now() - before == 30s);
}

TEST_CASE("a link is followed on the same origin only: our token goes with it") {
  Fixture world{};
  world.http.answer(200, "{}");
  CHECK(world.follow("https://ARM.example:443/next?token=1"));
  CHECK(world.http.requests.at(0).url.target == "/next?token=1");
  for (const char* link :
       {"https://evil.example/next", "http://arm.example/next", "/next", "",
        "https://arm.example:444/next", "https://arm.example@evil.example/", "unix:/tmp/x:/next"}) {
    CAPTURE(link);
    const auto refused = world.follow(link);
    REQUIRE(!refused);
    CHECK(refused.error().code == Errc::malformed);
  }
  CHECK(!world.follow("https://arm.example/" + std::string(20'000, 'x')));
  CHECK(world.http.requests.size() == 1);
}

TEST_CASE("what Azure says it has left is remembered") {
  Fixture world{};
  world.http.answer(200, "{}",
                    io::Headers{{"X-Ms-Ratelimit-Remaining-Subscription-Reads", "249"},
                                {"x-ms-ratelimit-remaining-tenant-reads", "garbage"}});
  REQUIRE(world.send());
  CHECK(world.arm.remaining().at("subscription-reads") == 249);
  CHECK(world.arm.remaining().size() == 1);
}

TEST_CASE("when Azure says that little is left, requests are spaced out before it refuses") {
  Fixture world{};
  const io::Headers two_left{{"x-ms-ratelimit-remaining-subscription-writes", "2"},
                             {"x-ms-ratelimit-remaining-subscription-global-writes", "2999"}};
  world.http.answer(201, "{}", two_left);
  REQUIRE(world.send("PUT", "{}"));
  CHECK(world.arm.tokens_left("S", ArmBucket::writes, world.clock.now()) == 2);
  const TimePoint before{world.clock.now()};
  for (int i{0}; i < 5; ++i) {
    world.http.answer(201, "{}");
    REQUIRE(world.send("PUT", "{}"));
  }
  // Two at once, then one each 100 ms: the rate at which the bucket fills.
  CHECK(world.clock.now() - before == 300ms);
}

TEST_CASE("subscriptions have buckets and pauses of their own") {
  Fixture world{};
  world.http.answer(429, "", io::Headers{{"Retry-After", "30"}});
  CHECK(world.send("PUT", "{}").error().code == Errc::throttled);
  CHECK(world.arm.pause("s", ArmBucket::writes, world.clock.now()) == 30s);
  CHECK(world.arm.pause("other", ArmBucket::writes, world.clock.now()) == Duration::zero());
  CHECK(subscription_in("/SUBSCRIPTIONS/AbC?x=1") == "abc");
  CHECK(subscription_in("/subscriptions/abc/resourceGroups/x") == "abc");
  CHECK(subscription_in("/providers").empty());
}

TEST_CASE("an answer of up to 8 MB is read, as ARM sends no larger one") {
  Fixture world{};
  world.http.answer(200, "{}");
  REQUIRE(world.send());
  CHECK(world.http.requests.at(0).response_limit == 8U * 1024U * 1024U);
  CHECK(world.http.requests.at(0).headers.find("x-ms-return-client-request-id") == "true");
}

}  // namespace
}  // namespace spillway::aci::arm_client_test
