#include "metrics/prometheus/range_reader.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <functional>
#include <utility>
#include <vector>

#include "tests/io/http_world.hpp"

namespace spillway::prometheus::range_reader_test {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using testing::HttpWorld;

constexpr const char* two_points{
    R"({"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[15,"1"],[30,"2"]]}]}})"};

/// A server that always gives the same answer; remembers the requests.
struct Stub {
  Stub(HttpWorld& owner, int status, std::string body)
      : world{owner},
        answer{.status = status, .body = std::move(body)},
        server{owner.server(
            [this](io::HttpRequest request) { return this->serve(std::move(request)); })} {}
  ~Stub() { world.stop(*server); }

  asio::awaitable<io::HttpReply> serve(io::HttpRequest request) {
    requests.push_back(std::move(request));
    co_return answer;
  }

  std::string url() const { return fmt::format("http://127.0.0.1:{}", server->port()); }

  HttpWorld& world;
  io::HttpResponse answer;
  std::vector<io::HttpRequest> requests{};
  std::unique_ptr<io::HttpServer> server;
};

struct World : HttpWorld {
  Result<std::vector<RangePoint>> read(std::vector<std::string> urls) {
    auto reader{make_range_reader(context, clock, "prom",
                                  {.urls = std::move(urls), .parameters = {{"tenant", "a"}}})};
    REQUIRE(reader);
    RangeQuery query{.text = "sum(x)", .from = TimePoint{15s}, .to = TimePoint{30s}};
    return clock.run_still((*reader)->read(std::move(query), in(10s)));
  }
};

TEST_CASE("a range is asked for with its ends and its step, and gives its points") {
  World world{};
  Stub server{world, 200, two_points};
  const auto points{world.read({server.url()})};
  REQUIRE(points.has_value());
  CHECK(*points == std::vector<RangePoint>{{TimePoint{15s}, 1.0}, {TimePoint{30s}, 2.0}});
  REQUIRE(server.requests.size() == 1);
  CHECK(server.requests[0].url.target == "/api/v1/query_range");
  CHECK(server.requests[0].body == "query=sum%28x%29&start=15.000&end=30.000&step=15.000&tenant=a");
}

TEST_CASE("a replica that fails is left for the next one") {
  World world{};
  Stub broken{world, 503, "down"};
  Stub healthy{world, 200, two_points};
  CHECK(world.read({broken.url(), healthy.url()})->size() == 2);
}

TEST_CASE("a query that is wrong is not asked of another replica") {
  World world{};
  Stub refusing{world, 400,
                R"({"status":"error","errorType":"bad_data","error":"parse error at char 3"})"};
  Stub other{world, 200, two_points};
  const auto points{world.read({refusing.url(), other.url()})};
  REQUIRE(points.has_error());
  CHECK(points.error().code == Errc::bad_request);
  CHECK(points.error().context.find("parse error at char 3") != std::string::npos);
  CHECK(other.requests.empty());
}

TEST_CASE("when all replicas fail the last reason is told") {
  World world{};
  Stub broken{world, 503, "down"};
  const auto points{world.read({broken.url()})};
  REQUIRE(points.has_error());
  CHECK(points.error().code == Errc::unavailable);
}

}  // namespace
}  // namespace spillway::prometheus::range_reader_test
