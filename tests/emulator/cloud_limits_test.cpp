// What the cloud allows, and what it costs: request buckets, create windows, cores, the bill.
#include "tests/emulator/cloud.hpp"

#include <doctest/doctest.h>

#include <set>

#include "tests/emulator/harness.hpp"

namespace spillway::emulator::cloud_limits_test {
namespace {

using namespace std::chrono_literals;
namespace json = boost::json;

TEST_CASE("ARM's buckets count down, refuse with the wait, and refill") {
  Harness azure;
  CHECK(header_of(azure.get("web"), "x-ms-ratelimit-remaining-subscription-reads") == "249");
  for (int i{1}; i < 250; ++i) azure.get("web");
  const Response refused{azure.get("web")};
  CHECK(refused.status == 429);
  CHECK(code_of(refused) == "SubscriptionRequestsThrottled");
  CHECK(header_of(refused, "Retry-After") == "1");
  CHECK(azure.put("web").status == 201);
  azure.now += 1s;
  CHECK(azure.get("web").status == 200);
}

TEST_CASE("quota counts failed groups, and cores beside groups") {
  EmulatorOptions options{plain_options()};
  options.limits.groups_per_region = 2;
  options.limits.cores_per_region = 4;
  Harness azure{options};
  azure.admin("faults", {{"fault", "failed_start"}});
  azure.start("a");
  CHECK(azure.state("a") == "Failed/Failed");
  CHECK(code_of(azure.put("b", small_group(4))) == "ContainerGroupQuotaReached");
  CHECK(azure.put("b").status == 201);
  const Response full{azure.put("c")};
  CHECK(full.status == 409);
  CHECK(text_at(full, "/error/message").find("'ContainerGroups'") != std::string::npos);
  CHECK(azure.put("c", small_group(1, "westus")).status == 201);
  const Response usages{azure.send(
      "GET",
      "/subscriptions/00000000-0000-0000-0000-000000000000/providers/Microsoft.ContainerInstance/"
      "locations/eastus/usages?api-version=2023-05-01")};
  CHECK(text_at(usages, "/value/0/currentValue") == "2");
  CHECK(text_at(usages, "/value/1/currentValue") == "2");
  CHECK(text_at(usages, "/value/1/limit") == "4");
}

TEST_CASE("a stopped group gives its cores back and may not get them again") {
  EmulatorOptions options{plain_options()};
  options.limits.cores_per_region = 4;
  options.limits.groups_per_region = 2;
  Harness azure{options};
  azure.start("a", small_group(3));
  azure.post("a", "stop");
  azure.start("b", small_group(4));
  CHECK(code_of(azure.post("a", "start")) == "ContainerGroupQuotaReached");
  azure.post("b", "stop");
  CHECK(azure.post("a", "start").status == 202);
}

TEST_CASE("the hundred-and-first create in five minutes is refused until the first is old") {
  EmulatorOptions options{plain_options()};
  options.limits.groups_per_region = 1000;
  options.limits.cores_per_region = 1000;
  Harness azure{options};
  for (int i{0}; i < 100; ++i) CHECK(azure.put("g" + std::to_string(i)).status == 201);
  azure.now += 1min;
  const Response refused{azure.put("more")};
  CHECK(refused.status == 429);
  CHECK(code_of(refused) == "TooManyRequests");
  CHECK(header_of(refused, "Retry-After") == "240");
  azure.now += 4min;
  CHECK(azure.put("more").status == 201);
}

TEST_CASE("the bill runs from the pull to the stop, per second, vCPU and GB") {
  Harness azure;
  azure.put("web");
  azure.now += 10s;  // a third of the start: the pull begins
  azure.get("web");
  CHECK(azure.cloud.world().cost() == Money{});
  azure.now += 100s;
  azure.get("web");
  const double per_second{0.00001125 + 1.5 * 0.000001236};
  CHECK(azure.cloud.world().cost().usd() == doctest::Approx(100 * per_second));
  azure.post("web", "stop");
  azure.now += 1h;
  azure.get("web");
  CHECK(azure.cloud.world().cost().usd() == doctest::Approx(100 * per_second));
}

TEST_CASE("the same seed gives the same starts, another one others") {
  const auto starts{[](std::uint64_t seed) {
    EmulatorOptions options;
    options.auth = false;
    options.seed = seed;
    Harness azure{options};
    for (int i{0}; i < 5; ++i) azure.put("g" + std::to_string(i));
    azure.now += 10min;
    return azure.send("GET", Harness::path("/g3")).body;
  }};
  CHECK(starts(7) == starts(7));
  CHECK(starts(7) != starts(8));
}

}  // namespace
}  // namespace spillway::emulator::cloud_limits_test
