#include "metrics/haproxy/haproxy_source.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/io/http_world.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/raw_server.hpp"

namespace spillway::haproxy::haproxy_source_test {
namespace {

using namespace std::chrono_literals;
using testing::HttpWorld;
using testing::RawServer;
using Then = RawServer::Then;

std::string table(int sessions) {
  return fmt::format("# pxname,svname,qcur,stot,status,type,\nweb,BACKEND,3,{},UP,1,\n\n",
                     sessions);
}

struct World : HttpWorld {
  std::unique_ptr<MetricSource> source(HaproxyStatsSettings settings) {
    auto made{make_haproxy_source(context, clock, "lb", std::move(settings))};
    REQUIRE(made);
    return std::move(*made);
  }

  std::vector<Result<Answer>> read(MetricSource& from, std::vector<Query> queries) {
    return clock.run_still(from.read(std::move(queries), in(10s)));
  }

  Result<Answer> read_one(MetricSource& from, std::string query = "backend/web qcur") {
    return read(from, {{.text = std::move(query)}}).front();
  }
};

RawServer stats_socket(World& world, std::deque<RawServer::Answer> answers, std::string path = {}) {
  return RawServer{world.context, std::move(answers), "\n", std::move(path)};
}

std::string address_of(const RawServer& server) {
  return fmt::format("127.0.0.1:{}", server.port());
}

TEST_CASE("all queries of a read cost one question over the socket, TCP or UNIX") {
  World world{};
  const testing::ScratchDirectory scratch{};
  const std::string path{scratch.path() / "admin.sock"};
  for (const bool is_unix : {false, true}) {
    CAPTURE(is_unix);
    const auto server{stats_socket(world, {{table(10), Then::closes}}, is_unix ? path : "")};
    const auto source{world.source({.addresses = {is_unix ? "unix:" + path : address_of(server)}})};
    const auto answers{world.read(
        *source, {{.text = "backend/web qcur"}, {.text = "backend/web stot"}, {.text = "oops"}})};
    CHECK(answers[0]->samples.at("").value == 3.0);
    CHECK(answers[1]->samples.at("").value == 10.0);
    CHECK(answers[2].error().code == Errc::bad_request);
    CHECK(server.requests() == std::vector<std::string>{"show stat\n"});
  }
}

TEST_CASE("rates come from the second read on, however often it is asked") {
  World world{};
  const auto server{stats_socket(world, {{table(10), Then::closes},
                                         {table(30), Then::closes},
                                         {table(31), Then::closes},
                                         {table(50), Then::closes}})};
  const auto source{world.source({.addresses = {address_of(server)}})};
  const std::string query{"backend/web rate(stot)"};
  CHECK(world.read_one(*source, query)->samples.empty());
  world.clock.advance_by(2s);
  CHECK(world.read_one(*source, query)->samples.at("").value == 10.0);
  world.clock.advance_by(100ms);  // too soon for a view of its own
  CHECK(world.read_one(*source, query)->samples.at("").value == doctest::Approx(10.0));
  world.clock.advance_by(1900ms);
  CHECK(world.read_one(*source, query)->samples.at("").value == 10.0);
}

TEST_CASE("several HAProxies are added up, and one that is down makes the answer incomplete") {
  World world{};
  const auto one{stats_socket(world, {{table(10), Then::closes}, {table(10), Then::closes}})};
  const auto two{stats_socket(world, {{table(20), Then::closes}, {"", Then::resets}})};
  const auto source{world.source({.addresses = {address_of(one), address_of(two)}})};
  const auto whole{world.read_one(*source, "backend/web stot")};
  CHECK(whole->samples.at("").value == 30.0);
  CHECK(whole->warnings.empty());
  const auto half{world.read_one(*source, "backend/web stot")};
  CHECK(half->samples.at("").value == 10.0);
  REQUIRE(half->warnings.size() == 1);
  CHECK(half->warnings[0].find(address_of(two)) != std::string::npos);
}

TEST_CASE("answers that are no statistics, cut off or too large are errors of their kind") {
  struct Row {
    std::string_view name;
    std::string bytes;
    Errc code;
  };
  const std::string whole{table(10)};
  const Row rows[]{
      {"nothing", "", Errc::malformed},
      {"garbage", "\x01\x02 hello\n\n", Errc::malformed},
      {"refused", "Permission denied\n\n", Errc::denied},
      {"cut off between rows", whole.substr(0, whole.size() - 1), Errc::malformed},
      {"cut off in a row", whole.substr(0, whole.size() - 5), Errc::malformed},
      {"too large", std::string(1'100'000, 'x'), Errc::too_large},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    World world{};
    const auto server{stats_socket(world, {{row.bytes, Then::closes}})};
    const auto source{world.source({.addresses = {address_of(server)}, .answer_mib_max = 1})};
    const auto answer{world.read_one(*source)};
    REQUIRE(!answer);
    CHECK(answer.error().code == row.code);
    CHECK(answer.error().context.find(address_of(server)) != std::string::npos);
  }
}

TEST_CASE("the statistics page is read with our credentials") {
  World world{};
  const auto server{
      world.server([](io::HttpRequest request) -> boost::asio::awaitable<io::HttpReply> {
        const bool is_known{request.headers.find("Authorization") == "Basic bWU6cHc="};
        io::HttpResponse response{.status = is_known ? 200 : 401, .body = table(10)};
        co_return response;
      })};
  const std::string url{fmt::format("http://127.0.0.1:{}/stats;csv", server->port())};
  const auto source{
      world.source({.addresses = {url}, .access = {.username = "me", .password = "pw"}})};
  CHECK(world.read_one(*source)->samples.at("").value == 3.0);
  const auto stranger{world.source({.addresses = {url}})};
  CHECK(world.read_one(*stranger).error().code == Errc::denied);
  world.stop(*server);
}

TEST_CASE("addresses that cannot be used are refused when the source is made") {
  World world{};
  for (const auto* address : {"", "nonsense", "127.0.0.1:0", "127.0.0.1:99999", "http://"}) {
    CAPTURE(address);
    CHECK(!make_haproxy_source(world.context, world.clock, "lb", {.addresses = {address}}));
  }
  CHECK(!make_haproxy_source(world.context, world.clock, "lb", {}));
}

}  // namespace
}  // namespace spillway::haproxy::haproxy_source_test
