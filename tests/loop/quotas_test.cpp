#include "controller/loop/quotas.hpp"

#include <doctest/doctest.h>

#include "tests/support/printing.hpp"

namespace spillway::quotas_test {
namespace {

using namespace std::chrono_literals;
using What = Usage::What;

constexpr TimePoint now{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23}};
const Place east{.subscription = "s", .region = "eastus"};
const GroupSize medium{.vcpu = 1.5, .memory_gb = 2.0};

TEST_CASE("cores bite before groups") {
  CHECK(groups_that_fit(
            {{"ContainerGroups", 4, 100, What::groups}, {"StandardCores", 6, 10, What::cores}},
            medium, Priority::regular) == 2);
  CHECK(groups_that_fit(
            {{"ContainerGroups", 99, 100, What::groups}, {"StandardCores", 0, 100, What::cores}},
            medium, Priority::regular) == 1);
}

TEST_CASE("what no reading has counted takes its groups and its whole cores") {
  const std::vector<Usage> rows{{"ContainerGroups", 4, 8, What::groups},
                                {"StandardCores", 0, 10, What::cores}};
  CHECK(groups_that_fit(rows, medium, Priority::regular) == 4);
  CHECK(groups_that_fit(rows, medium, Priority::regular, false, {medium}) == 3);
  const GroupSize large{.vcpu = 3.5, .memory_gb = 4.0};
  CHECK(groups_that_fit(rows, medium, Priority::regular, false, {large, large}) == 1);
  CHECK(groups_that_fit(rows, medium, Priority::regular, false, {large, large, large}) == 0);
}

TEST_CASE("a full or overdrawn quota fits none, an unknown one is unknown and not zero") {
  CHECK(groups_that_fit({{"StandardCores", 12, 10, What::cores}}, medium, Priority::regular) == 0);
  CHECK(groups_that_fit({{"StandardCores", 0, 0, What::cores}}, medium, Priority::regular) == 0);
  CHECK(!groups_that_fit({}, medium, Priority::regular));
  CHECK(!groups_that_fit({{"NetworkProfiles", 0, 5}}, medium, Priority::regular));
}

TEST_CASE("Spot has cores of its own, and small groups count as a whole core") {
  const std::vector<Usage> rows{{"StandardCores", 10, 10, What::cores},
                                {"StandardSpotCores", 0, 6, What::cores, Priority::spot}};
  CHECK(groups_that_fit(rows, medium, Priority::spot) == 3);
  CHECK(groups_that_fit(rows, {.vcpu = 0.25, .memory_gb = 0.5}, Priority::spot) == 6);
  CHECK(groups_that_fit(rows, medium, Priority::regular) == 0);
}

TEST_CASE("confidential groups have cores of their own") {
  const std::vector<Usage> rows{{"StandardCores", 10, 10, What::cores},
                                {"ConfidentialCores", 0, 4, What::confidential_cores}};
  CHECK(groups_that_fit(rows, medium, Priority::regular, true) == 2);
  CHECK(groups_that_fit(rows, medium, Priority::regular) == 0);
  CHECK(groups_that_fit({{"ConfidentialCores", 4, 4, What::confidential_cores}}, medium,
                        Priority::regular, true) == 0);
}

TEST_CASE("zones share the quota of their region, and an old reading says nothing") {
  Quotas quotas{};
  quotas.note(east, {{"StandardCores", 0, 4, What::cores}}, now);
  const Place zone{.subscription = "s", .region = "eastus", .zone = "2"};
  CHECK(quotas.groups_left(zone, medium, now + 1min) == 2);
  CHECK(!quotas.groups_left(zone, medium, now + 11min));
  CHECK(!quotas.groups_left({.subscription = "s", .region = "westus"}, medium, now));
  CHECK(quotas.read_at(zone) == now);
}

}  // namespace
}  // namespace spillway::quotas_test
