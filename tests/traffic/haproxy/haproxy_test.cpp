#include "controller/traffic/haproxy/haproxy.hpp"

#include <boost/asio/io_context.hpp>
#include <deque>
#include <stdexcept>

#include "controller/io/deadline.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/printing.hpp"
#include "tests/traffic/haproxy/samples.hpp"

namespace spillway::haproxy_test {

using namespace spillway::haproxy;

namespace {

/// A process that answers every look with the same tables, and every command with success, unless
/// it is told to fail.
struct ScriptedProcess {
  std::string tables{samples::whole_answer()};
  std::optional<Error> outage{};
  std::vector<std::string> asked{};
};

class ScriptedLine final : public RuntimeApi {
 public:
  ScriptedLine(ScriptedProcess& process, std::string address)
      : process_{process}, address_{std::move(address)} {}

  const std::string& address() const override { return address_; }

  boost::asio::awaitable<Result<std::string>> ask(std::string command, io::Deadline) override {
    process_.asked.push_back(command);
    if (process_.outage) co_return *process_.outage;
    if (command.starts_with("show")) co_return process_.tables;
    if (command.starts_with("add")) co_return "New server registered.\n\n";
    if (command.starts_with("del")) co_return "Server deleted.\n";
    co_return "\n";
  }

 private:
  ScriptedProcess& process_;
  std::string address_;
};

struct Rig {
  explicit Rig(Unreachable unreachable = Unreachable::hold, std::string backend = "be")
      : traffic{"edge", Settings{.backend = std::move(backend), .unreachable = unreachable},
                lines()} {}

  std::vector<std::unique_ptr<RuntimeApi>> lines() {
    std::vector<std::unique_ptr<RuntimeApi>> two{};
    two.push_back(std::make_unique<ScriptedLine>(first, "unix:/first"));
    two.push_back(std::make_unique<ScriptedLine>(second, "unix:/second"));
    return two;
  }

  Result<void> admit(const std::string& group) {
    return clock.run(traffic.admit(burst(group), {}));
  }
  Result<void> drain(const std::string& group) {
    return clock.run(traffic.drain(burst(group), {}));
  }
  Result<void> evict(const std::string& group) {
    return clock.run(traffic.evict(burst(group), {}));
  }
  Result<std::vector<ListedBackend>> list(const std::string& workload = "web") {
    return clock.run(traffic.list(workload, {}));
  }

  static Backend burst(std::string group) {
    return {.group = {std::move(group)}, .workload = "web", .ip = "127.0.0.2", .port = 19921};
  }

  boost::asio::io_context context{};
  testing::ManualClock clock{context};
  ScriptedProcess first{};
  ScriptedProcess second{};
  HaproxyTraffic traffic;
};

const Error refused{Errc::unavailable, "unix:/second: connection refused"};

}  // namespace

TEST_CASE("every change goes to every process, and in-flight requests are summed") {
  Rig rig{};
  CHECK(rig.list());
  rig.first.asked.clear();
  rig.second.asked.clear();
  CHECK(rig.admit("b"));
  CHECK(rig.first.asked.size() == 4);
  CHECK(rig.first.asked == rig.second.asked);
  const auto listed = rig.list();
  REQUIRE(listed);
  REQUIRE(listed->size() == 1);
  CHECK(listed->front().backend.group.name == "a");
  CHECK(listed->front().state == BackendState::draining);
  CHECK(listed->front().in_flight == 6);
}

TEST_CASE("with one process gone, `hold` admits on the other and does not shrink") {
  Rig rig{Unreachable::hold};
  rig.second.outage = refused;
  CHECK(rig.admit("b"));
  CHECK(rig.drain("a").error().code == Errc::unavailable);
  CHECK(rig.evict("a").error().code == Errc::unavailable);
  CHECK(rig.evict("a").error().context.find("unix:/second") != std::string::npos);
  REQUIRE(rig.list());
  CHECK_FALSE(rig.list()->front().in_flight);  // what the other one works on is unknown
  CHECK_FALSE(rig.traffic.sees_all());
  rig.second.outage.reset();
  REQUIRE(rig.list());
  CHECK(rig.traffic.sees_all());
}

TEST_CASE("with one process gone, `skip` goes on with the other") {
  Rig rig{Unreachable::skip};
  rig.second.outage = refused;
  CHECK(rig.admit("b"));
  CHECK(rig.drain("a"));
  CHECK(rig.evict("a"));
  CHECK(rig.list()->front().in_flight == 3);
  CHECK(rig.traffic.sees_all());
}

TEST_CASE("no process reachable is a failed listing, never an empty one") {
  Rig rig{Unreachable::skip};
  rig.first.outage = rig.second.outage = refused;
  CHECK(rig.list().error().code == Errc::unavailable);
  CHECK(rig.admit("b").error().code == Errc::unavailable);
  CHECK(rig.evict("a").error().code == Errc::unavailable);
}

TEST_CASE("a process that answers nonsense is not passed over as unreachable") {
  Rig rig{Unreachable::skip};
  rig.second.tables = "HTTP/1.1 400 Bad request\r\n\r\n";
  CHECK(rig.list().error().code == Errc::bad_request);
  rig.second.tables = "1\n# be_id";
  CHECK(rig.list().error().code == Errc::malformed);
  CHECK(rig.admit("b").error().code == Errc::malformed);
}

TEST_CASE("one workload never evicts what belongs to another in the same HAProxy backend") {
  Rig shared{Unreachable::hold, "be"};
  CHECK(shared.list("web"));
  const auto refusal = shared.list("shop");
  REQUIRE_FALSE(refusal);
  CHECK(refusal.error().code == Errc::bad_request);
  CHECK(refusal.error().context.find("{{workload}}") != std::string::npos);

  Rig apart{Unreachable::hold, "be_{{workload}}"};
  CHECK(apart.list("web"));
  CHECK(apart.list("shop"));
  CHECK(apart.first.asked.back() == "show servers state be_shop; show stat #3 4 -1");
}

TEST_CASE("a backend's number is learned once, and anew when a reload has changed it") {
  Rig rig{};
  CHECK(rig.list());
  CHECK(rig.list());
  const std::string with_3{"show servers state be; show stat #3 4 -1"};
  CHECK(rig.first.asked == std::vector<std::string>{"show servers state be", with_3, with_3});
  rig.first.asked.clear();
  for (std::size_t at{0}; (at = rig.first.tables.find("3 be ", at)) != std::string::npos; ++at) {
    rig.first.tables[at] = '7';
  }
  const auto listed = rig.list();
  REQUIRE(listed);
  CHECK(listed->front().in_flight == 6);
  CHECK(rig.first.asked ==
        std::vector<std::string>{with_3, "show servers state be; show stat #7 4 -1"});
}

TEST_CASE("statistics without one of the servers are an error, and never a backend without any") {
  Rig rig{};
  rig.first.tables = std::string{samples::state_header} + std::string{samples::state_rows} +
                     std::string{samples::stat_header} + "\n";
  CHECK(rig.list().error().code == Errc::malformed);
  CHECK(rig.drain("a").error().code == Errc::malformed);
}

TEST_CASE("sockets that are no endpoints are refused at construction") {
  boost::asio::io_context context{};
  testing::ManualClock clock{context};
  CHECK_THROWS_AS(HaproxyTraffic("edge", Settings{.sockets = {"/no/scheme"}}, clock),
                  std::invalid_argument);
  CHECK_THROWS_AS(HaproxyTraffic("edge", Settings{}, clock), std::invalid_argument);
}

TEST_CASE("an empty prefix, by which every server would be ours, is refused") {
  boost::asio::io_context context{};
  testing::ManualClock clock{context};
  CHECK_THROWS_AS(HaproxyTraffic("edge", Settings{.sockets = {"unix:/s"}, .prefix = ""}, clock),
                  std::invalid_argument);
}

}  // namespace spillway::haproxy_test
