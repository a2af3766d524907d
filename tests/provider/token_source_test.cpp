#include "controller/provider/aci/token_source.hpp"

#include <doctest/doctest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/manual_clock.hpp"
#include "tests/support/printing.hpp"

namespace spillway::aci::token_source_test {
namespace {

using namespace std::chrono_literals;
using testing::ManualClock;
using testing::monday_noon;

/// Hands out `token-1`, `token-2`, ... after `takes`, or the next scripted failure.
class ScriptedCredential final : public Credential {
 public:
  explicit ScriptedCredential(io::Clock& clock) : clock_{clock} {}

  boost::asio::awaitable<Result<AccessToken>> fetch(io::Deadline) override {
    ++fetches;
    const Result<void> slept = co_await clock_.sleep_until(clock_.now() + takes);
    if (!slept) co_return slept.error();
    if (!failures.empty()) {
      const Error failure{failures.front()};
      failures.pop_front();
      co_return failure;
    }
    AccessToken token{io::Secret{"token-" + std::to_string(++issued_)}, clock_.now(),
                      clock_.now() + life};
    co_return token;
  }

  Duration takes{1s};
  Duration life{1h};
  std::deque<Error> failures{};
  int fetches{0};

 private:
  io::Clock& clock_;
  int issued_{0};
};

struct Fixture {
  std::string token() {
    auto answer = clock.run(source.token(io::deadline_after(clock, 20s)));
    return answer ? std::string{answer->reveal()} : std::string{to_string(answer.error().code)};
  }

  /// Asks without waiting; the answer is appended to `answers`.
  void ask(std::vector<std::string>& answers, Duration patience = 20s) {
    const auto deadline = io::deadline_after(clock, patience);
    boost::asio::co_spawn(context, source.token(deadline),
                          [&answers](std::exception_ptr, Result<io::Secret> answer) {
                            answers.push_back(answer ? std::string{answer->reveal()}
                                                     : std::string{to_string(answer.error().code)});
                          });
  }

  boost::asio::io_context context{};
  ManualClock clock{context};
  ScriptedCredential credential{clock};
  TokenSource source{clock, credential};
};

using Answers = std::vector<std::string>;

TEST_CASE("a token is fetched once and kept until shortly before its end") {
  Fixture world{};
  CHECK(world.token() == "token-1");
  CHECK(world.token() == "token-1");
  world.clock.advance_by(54min);
  CHECK(world.token() == "token-1");
  CHECK(world.credential.fetches == 1);
  world.clock.advance_by(2min);
  CHECK(world.token() == "token-2");
  CHECK(world.credential.fetches == 2);
}

TEST_CASE("everybody who waits for a token gets the one that one fetch brings") {
  Fixture world{};
  Answers answers{};
  for (int i{0}; i < 5; ++i) world.ask(answers);
  world.clock.advance_by(5s);
  CHECK(answers == Answers(5, "token-1"));
  CHECK(world.credential.fetches == 1);
}

TEST_CASE("while a refresh is under way the old token is used without waiting") {
  Fixture world{};
  REQUIRE(world.token() == "token-1");
  world.clock.advance_by(56min);
  world.credential.takes = 5s;
  Answers first{};
  Answers second{};
  world.ask(first);
  world.clock.advance_by(1s);
  world.ask(second);
  world.clock.advance_by(0s);
  CHECK(first.empty());
  CHECK(second == Answers{"token-1"});
  world.clock.advance_by(10s);
  CHECK(first == Answers{"token-2"});
}

TEST_CASE("a failing refresh is no error while the old token is valid, and is tried every 30 s") {
  Fixture world{};
  REQUIRE(world.token() == "token-1");
  world.clock.advance_by(56min);
  for (int i{0}; i < 3; ++i) world.credential.failures.push_back({Errc::unavailable, "down"});
  CHECK(world.token() == "token-1");
  CHECK(world.token() == "token-1");
  CHECK(world.credential.fetches == 2);
  REQUIRE(world.source.last_failure());
  CHECK(world.source.last_failure()->code == Errc::unavailable);
  world.clock.advance_by(31s);
  CHECK(world.token() == "token-1");
  CHECK(world.credential.fetches == 3);
  world.clock.advance_by(5min);
  CHECK(world.token() == "Unavailable");
  CHECK(world.token() == "Unavailable");
  CHECK(world.credential.fetches == 4);
  world.clock.advance_by(30s);
  CHECK(world.token() == "token-2");
  CHECK(!world.source.last_failure());
}

TEST_CASE(
    "a rotated secret is used at once where the former was refused, and else at the refresh") {
  Fixture world{};
  const auto rotated{std::make_shared<ScriptedCredential>(world.clock)};
  world.credential.failures.assign(3, {Errc::denied, "AADSTS7000222"});
  CHECK(world.token() == "Denied");
  world.source.use(rotated);
  CHECK(world.token() == "token-1");
  CHECK(rotated->fetches == 1);

  const auto again{std::make_shared<ScriptedCredential>(world.clock)};
  world.source.use(again);
  CHECK(world.token() == "token-1");
  CHECK(again->fetches == 0);
  world.clock.advance_by(56min);
  CHECK(world.token() == "token-1");  // its first
  CHECK(again->fetches == 1);
  CHECK(rotated->fetches == 1);
}

TEST_CASE("while the login fails, any number of callers cause one token request per pause") {
  Fixture world{};
  for (int i{0}; i < 700; ++i) {
    world.credential.failures.push_back({Errc::denied, "AADSTS7000222"});
  }
  Answers answers{};
  for (int i{0}; i < 50; ++i) world.ask(answers);
  world.clock.advance_by(1500ms);
  CHECK(answers == Answers(50, "Denied"));
  CHECK(world.credential.fetches == 1);
  for (int i{0}; i < 10; ++i) CHECK(world.token() == "Denied");
  CHECK(world.credential.fetches == 1);
  world.clock.advance_by(600ms);  // a second after the first
  CHECK(world.token() == "Denied");
  CHECK(world.credential.fetches == 2);
  for (int i{0}; i < 600; ++i) {
    CHECK(world.token() == "Denied");
    world.clock.advance_by(1s);
  }
  CHECK(world.credential.fetches < 25);  // every 30 s in the end, and not 600
  CHECK(world.source.pause(world.clock.now()) <= 30s);
}

TEST_CASE("the login server's Retry-After is kept, with a token or without") {
  Fixture world{};
  world.credential.failures.push_back({Errc::throttled, "429", Duration{120s}});
  CHECK(world.token() == "Throttled");
  world.clock.advance_by(60s);
  const auto held = world.clock.run(world.source.token(io::deadline_after(world.clock, 20s)));
  CHECK(held.error().retry_after == 60s);
  CHECK(world.credential.fetches == 1);
  world.clock.advance_by(61s);
  CHECK(world.token() == "token-1");
}

TEST_CASE("a login server that hangs costs a request with a valid token ten seconds at most") {
  Fixture world{};
  REQUIRE(world.token() == "token-1");
  world.clock.advance_by(56min);
  world.credential.takes = 1h;
  const TimePoint before{world.clock.now()};
  CHECK(world.token() == "token-1");
  CHECK(world.clock.now() - before == 10s);
}

TEST_CASE("a refused token is dropped once, however many requests it was refused for") {
  Fixture world{};
  REQUIRE(world.token() == "token-1");
  const io::Secret refused{"token-1"};
  world.source.drop(refused);
  CHECK(world.token() == "token-2");
  world.source.drop(refused);
  CHECK(world.token() == "token-2");
  CHECK(world.credential.fetches == 2);
}

TEST_CASE("when the one that fetches gives up, the next one in line takes over") {
  Fixture world{};
  world.credential.takes = 8s;
  Answers hasty{};
  Answers patient{};
  world.ask(hasty, 3s);
  world.clock.advance_by(1s);
  world.ask(patient, 20s);
  world.clock.advance_by(30s);
  CHECK(hasty == Answers{"Timeout"});
  CHECK(patient == Answers{"token-1"});
  CHECK(world.credential.fetches == 2);
}

TEST_CASE("the time of the refresh follows the life of the token") {
  const auto after = [](Duration life) {
    const AccessToken token{io::Secret{"x"}, monday_noon, monday_noon + life};
    return refresh_at(token) - monday_noon;
  };
  CHECK(after(3599s) == 3299s);
  CHECK(after(24h) == 12h);
  CHECK(after(60s) == 45s);
}

}  // namespace
}  // namespace spillway::aci::token_source_test
