#include "controller/traffic/http_sd/http_sd.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/json.hpp>

#include "tests/support/manual_clock.hpp"
#include "tests/support/printing.hpp"

namespace spillway::http_sd_test {

namespace {

Backend burst(std::string group, std::string ip = "10.0.0.4") {
  return {.group = {std::move(group)}, .workload = "web", .ip = std::move(ip), .port = 8080};
}

}  // namespace

TEST_CASE("the body is what Prometheus' http_sd wants") {
  CHECK(http_sd::render({}, {}) == "[]");
  CHECK(
      http_sd::render({burst("a")}, {}) ==
      R"([{"targets":["10.0.0.4:8080"],"labels":{"workload":"web","__meta_spillway_group":"a"}}])");
}

TEST_CASE("settings give the metrics port and labels, quoted whatever they hold") {
  const http_sd::Settings settings{.port = 9100,
                                   .labels = {{"job", "burst \"x\"\n"}, {"workload", "shop"}}};
  const auto body = boost::json::parse(http_sd::render({burst("a", "::1")}, settings));
  const auto& group = body.as_array().at(0).as_object();
  CHECK(group.at("targets").as_array().at(0).as_string() == "[::1]:9100");
  CHECK(group.at("labels").at("job").as_string() == "burst \"x\"\n");
  CHECK(group.at("labels").at("workload").as_string() == "shop");
}

TEST_CASE("a draining replica is still scraped, an evicted one is not") {
  boost::asio::io_context context{};
  testing::ManualClock clock{context};
  http_sd::HttpSdTraffic traffic{"prometheus", {}};
  CHECK(clock.run(traffic.admit(burst("a"), {})));
  CHECK(clock.run(traffic.drain(burst("a"), {})));
  CHECK(traffic.body() == http_sd::render({burst("a")}, {}));
  CHECK(clock.run(traffic.evict(burst("a"), {})));
  CHECK(traffic.body() == "[]");
}

}  // namespace spillway::http_sd_test
