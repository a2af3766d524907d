// The HAProxy source against the real HAProxy: its socket, its page, and its counters.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "metrics/haproxy/haproxy_source.hpp"
#include "tests/io/http_world.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/skip.hpp"

namespace spillway::haproxy {
namespace {

using namespace std::chrono_literals;
using testing::ChildProcess;
using testing::find_program;
using testing::free_port;
using testing::HttpWorld;
using testing::ScratchDirectory;

constexpr std::string_view config{R"(
global
  stats socket {socket} level user
defaults
  mode http
  timeout connect 1s
  timeout client 5s
  timeout server 5s
frontend fe
  bind 127.0.0.1:{port}
  default_backend web
backend web
  http-request return status 200
  server a 127.0.0.1:1 maxconn 5
  server b 127.0.0.1:1 maxconn 7 disabled
frontend page
  bind 127.0.0.1:{page}
  stats enable
  stats uri /stats
)"};

struct World : HttpWorld {
  ScratchDirectory scratch{};
  std::string socket{scratch.path() / "s"};
  std::uint16_t port{free_port()};
  std::uint16_t page{free_port()};
  std::string file{
      scratch.write("haproxy.cfg", fmt::format(config, fmt::arg("socket", socket),
                                               fmt::arg("port", port), fmt::arg("page", page)))};
  ChildProcess haproxy{{"haproxy", "-db", "-f", file}};

  std::unique_ptr<MetricSource> source(std::string address) {
    auto made{make_haproxy_source(context, clock, "lb", {.addresses = {std::move(address)}})};
    REQUIRE(made);
    return std::move(*made);
  }

  std::vector<Result<Answer>> read(MetricSource& from, std::vector<Query> queries) {
    return clock.run_still(from.read(std::move(queries), in(10s)));
  }

  bool is_ready() {
    const auto probe{source("unix:" + socket)};
    return testing::wait_until([&] {
             return !haproxy.is_running() ||
                    read(*probe, {{.text = "backend/web qcur"}})[0].has_value();
           }) &&
           haproxy.is_running();
  }

  void request_times(int times) {
    const auto browser{client()};
    for (int i{0}; i < times; ++i) REQUIRE(send(*browser, testing::get(port)));
  }
};

TEST_CASE("the real HAProxy's statistics are read over its socket, with rates") {
  if (!find_program("haproxy")) {
    return testing::skip_test("haproxy is missing: apt-get install haproxy");
  }
  World world{};
  REQUIRE_MESSAGE(world.is_ready(), world.haproxy.standard_error());
  const auto source{world.source("unix:" + world.socket)};
  const std::vector<Query> queries{{.text = "frontend/fe rate(req_tot)"},
                                   {.text = "backend/web qcur"},
                                   {.text = "server/web/* slim"},
                                   {.text = "up_server/web/* slim"},
                                   {.text = "backend/* scur", .join_label = "proxy"},
                                   {.text = "backend/web nonsense"},
                                   {.text = "backend/web status"},
                                   {.text = "backend/gone qcur"}};
  const auto before{world.read(*source, queries)};
  CHECK(before[0]->samples.empty());
  world.request_times(20);
  world.clock.advance_by(2s);  // of our clock; HAProxy's own counters know nothing of it
  const auto after{world.read(*source, queries)};
  CHECK(after[0]->samples.at("").value == 10.0);
  CHECK(after[1]->samples.at("").value == 0.0);
  CHECK(after[2]->samples.at("").value == 12.0);
  CHECK(after[3]->samples.at("").value == 5.0);
  CHECK(after[4]->samples.contains("web"));
  CHECK(after[5].error().code == Errc::bad_request);
  CHECK(after[6].error().code == Errc::bad_request);
  CHECK(after[7]->samples.empty());
}

TEST_CASE("the real HAProxy's statistics page gives the same") {
  if (!find_program("haproxy")) {
    return testing::skip_test("haproxy is missing: apt-get install haproxy");
  }
  World world{};
  REQUIRE_MESSAGE(world.is_ready(), world.haproxy.standard_error());
  const auto source{world.source(fmt::format("http://127.0.0.1:{}/stats;csv", world.page))};
  const auto answers{world.read(*source, {{.text = "server/web/* slim"}})};
  REQUIRE(answers[0]);
  CHECK(answers[0]->samples.at("").value == 12.0);
  const auto wrong{world.source(fmt::format("http://127.0.0.1:{}/stats", world.page))};
  CHECK(world.read(*wrong, {{.text = "backend/web qcur"}})[0].error().code == Errc::malformed);
}

TEST_CASE("a HAProxy that stops is an error, and one that restarts is read again") {
  if (!find_program("haproxy")) {
    return testing::skip_test("haproxy is missing: apt-get install haproxy");
  }
  World world{};
  REQUIRE_MESSAGE(world.is_ready(), world.haproxy.standard_error());
  const auto source{world.source("unix:" + world.socket)};
  const std::vector<Query> queries{{.text = "frontend/fe rate(req_tot)"}};
  world.request_times(10);
  world.read(*source, queries);
  world.haproxy.stop();
  CHECK(world.read(*source, queries)[0].error().code == Errc::unavailable);
  ChildProcess again{{"haproxy", "-db", "-f", world.file}};
  const auto probe{world.source("unix:" + world.socket)};
  REQUIRE(testing::wait_until(
      [&] { return world.read(*probe, {{.text = "backend/web qcur"}})[0].has_value(); }));
  world.request_times(4);
  world.clock.advance_by(2s);
  const auto answers{world.read(*source, queries)};
  CHECK(answers[0]->samples.at("").value == 2.0);
  REQUIRE(answers[0]->warnings.size() == 1);
  CHECK(answers[0]->warnings[0].find("restarted") != std::string::npos);
}

}  // namespace
}  // namespace spillway::haproxy
