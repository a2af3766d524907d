#include "controller/provider/aci/diagnosis.hpp"

#include <doctest/doctest.h>

#include <string>

#include "tests/support/manual_clock.hpp"
#include "tests/support/printing.hpp"

namespace spillway::aci::diagnosis_test {
namespace {

using namespace std::chrono_literals;
using testing::monday_noon;

Wanted web() {
  Wanted made{};
  made.workload = "web";
  made.replica.image = "example.azurecr.io/web:1";
  made.size = {.vcpu = 1.5, .memory_gb = 2.0};
  made.groups_max = 5;
  return made;
}

const Place east{.subscription = "s", .region = "eastus"};

TEST_CASE("a clock is good within half a minute and refused from five minutes on") {
  CHECK(judge_clock(monday_noon + 29s, monday_noon).health == Health::ok);
  CHECK(judge_clock(monday_noon - 31s, monday_noon).health == Health::warning);
  CHECK(judge_clock(monday_noon - 5min, monday_noon).health == Health::failure);
  CHECK(judge_clock(monday_noon - 5min, monday_noon).message == "300 s behind Azure's clock");
}

TEST_CASE("a size beyond what the region can run is found before the first create") {
  const auto rows = parse_capabilities(R"({"value": [
      {"resourceType": "containerGroups", "osType": "Windows", "location": "eastus",
       "ipAddressType": "Public", "gpu": "None",
       "capabilities": {"maxMemoryInGB": 16, "maxCpu": 4, "maxGpuCount": 0}},
      {"osType": "Linux", "ipAddressType": "Public", "gpu": "K80",
       "capabilities": {"maxMemoryInGB": 56, "maxCpu": 6, "maxGpuCount": 1}},
      {"osType": "Linux", "ipAddressType": "Public", "gpu": "None",
       "capabilities": {"maxMemoryInGB": 16, "maxCpu": 2}}]})");
  REQUIRE(rows);
  REQUIRE(rows->size() == 3);
  CHECK(judge_capabilities(*rows, web(), east).health == Health::ok);
  Wanted large{web()};
  large.size.vcpu = 4.0;
  CHECK(judge_capabilities(*rows, large, east).health == Health::failure);
  Wanted in_subnet{web()};
  in_subnet.replica.subnet_id = "/x";
  CHECK(judge_capabilities(*rows, in_subnet, east).health == Health::failure);
  CHECK(!parse_capabilities("{}"));
  CHECK(!parse_capabilities(R"({"value": [7]})"));
}

TEST_CASE("cores bite before groups, and a limit of zero is for a person") {
  const auto health = [](std::vector<Usage> rows) {
    std::string all{};
    for (const Finding& each : judge_usages(rows, web(), east)) {
      all += std::string{to_string(each.health)} + " " + each.message + "\n";
    }
    return all;
  };
  CHECK(health({{"ContainerGroups", 0, 100}, {"StandardCores", 4, 10}}) ==
        "ok ContainerGroups: 0 of 100 used, room for 100 groups\n"
        "warning StandardCores: 4 of 10 used, room for 3 groups\n");
  CHECK(health({{"StandardCores", 10, 10}}) ==
        "failure StandardCores: 10 of 10 used, room for 0 groups\n");
  CHECK(health({{"StandardCores", 0, 0}}).starts_with("failure"));
  CHECK(health({{"StandardSpotCores", 0, 0}, {"NetworkProfiles", 1, 1}}).starts_with("warning"));
  const auto zero = judge_usages({{"StandardCores", 0, 0}}, web(), east);
  CHECK(zero.at(0).advice.find("the limit is 0") != std::string::npos);
}

TEST_CASE("rights are those of a permission less its own exceptions") {
  const auto permissions = parse_permissions(R"({"value": [
      {"actions": ["*/read", "Microsoft.ContainerInstance/*"],
       "notActions": ["microsoft.containerinstance/containergroups/delete"]}]})");
  REQUIRE(permissions);
  CHECK(allows(*permissions, "Microsoft.Network/virtualNetworks/read"));
  CHECK(allows(*permissions, "Microsoft.ContainerInstance/containerGroups/write"));
  CHECK(!allows(*permissions, "Microsoft.ContainerInstance/containerGroups/delete"));
  CHECK(!allows(*permissions, "Microsoft.Network/virtualNetworks/subnets/join/action"));
  const Finding refused{judge_rights(*permissions, needed_actions({web()}), "burst")};
  CHECK(refused.health == Health::failure);
  CHECK(refused.message == "not allowed here: Microsoft.ContainerInstance/containerGroups/delete");
  CHECK(judge_rights({{{"*"}, {}}}, needed_actions({web()}), "burst").health == Health::ok);
}

TEST_CASE("rights that may be granted elsewhere are a warning only") {
  Wanted in_subnet{web()};
  in_subnet.replica.subnet_id = "/x";
  const auto needed = needed_actions({in_subnet});
  CHECK(needed.size() == 5);
  CHECK(judge_rights({{{"Microsoft.ContainerInstance/*"}, {}}}, needed, "burst").health ==
        Health::warning);
}

TEST_CASE("an unregistered resource provider and a region without groups are failures") {
  const auto health = [](std::string state, std::string region) {
    const auto finding =
        judge_registration(R"({"registrationState": ")" + state + R"(", "resourceTypes": [
             {"resourceType": "containerGroups", "locations": [")" +
                               region + R"("]}]})",
                           east);
    REQUIRE(finding);
    return finding->health;
  };
  CHECK(health("Registered", "East US") == Health::ok);
  CHECK(health("NotRegistered", "East US") == Health::failure);
  CHECK(health("Registered", "West Europe") == Health::failure);
  CHECK(!judge_registration("[]", east));
  const auto pools =
      judge_registration(R"({"registrationState": "NotRegistered"})", east, standby_pools);
  REQUIRE(pools);
  CHECK(pools->message == "Microsoft.StandbyPool is NotRegistered");
  CHECK(pools->advice.find("--namespace Microsoft.StandbyPool") != std::string::npos);
}

TEST_CASE("a standby pool needs rights of its own, and without them it is a failure") {
  Wanted warm{web()};
  CHECK(needed_actions({warm}).size() == 4);
  warm.keeps_warm = true;
  const auto needed = needed_actions({warm});
  CHECK(needed.size() == 11);
  const std::vector<Permission> only_groups{
      {.actions = {"Microsoft.ContainerInstance/*"}, .not_actions = {}}};
  const Finding missing{judge_rights(only_groups, needed, "burst")};
  CHECK(missing.health == Health::failure);
  CHECK(missing.message.find("standbyContainerGroupPools/runtimeViews/read") != std::string::npos);
  CHECK(missing.message.find("containerGroupProfiles") == std::string::npos);
  CHECK(judge_rights({{.actions = {"*"}, .not_actions = {}}}, needed, "burst").health ==
        Health::ok);
}

TEST_CASE("the registry of an image is told as Docker tells it") {
  CHECK(registry_of("nginx") == "docker.io");
  CHECK(registry_of("library/nginx:1") == "docker.io");
  CHECK(registry_of("example.azurecr.io/web:1") == "example.azurecr.io");
  CHECK(registry_of("localhost/web") == "localhost");
  CHECK(registry_of("host:5000/web") == "host:5000");
}

}  // namespace
}  // namespace spillway::aci::diagnosis_test
