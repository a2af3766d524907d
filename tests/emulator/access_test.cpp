// Identities, role assignments and locks: what clients set up around container groups.
#include <doctest/doctest.h>

#include <string>

#include "tests/emulator/around.hpp"

namespace spillway::emulator::access_test {
namespace {

namespace json = boost::json;
using namespace around;

TEST_CASE("an identity of a user has the ids that a container group shows of it") {
  Harness cloud;
  const std::string identities{"Microsoft.ManagedIdentity/userAssignedIdentities"};
  const std::string mine{at(identities + "/me", "2023-01-31")};
  CHECK(send(cloud, "PUT", mine, {{"location", "eastus"}}) == "201");
  CHECK(send(cloud, "PUT", mine, {{"location", "eastus"}}) == "200");
  const std::string id{place + "/providers/" + identities + "/me"};
  json::value body(small_group());
  body.as_object()["identity"] = {{"type", "UserAssigned"},
                                  {"userAssignedIdentities", {{id, json::object{}}}}};
  const json::value group(json_of(cloud.put("web", body)));
  const std::string principal{text_at(cloud.send("GET", mine), "/properties/principalId")};
  CHECK(group.at("identity").at("userAssignedIdentities").at(id).at("principalId") ==
        json::value(principal));
  CHECK(json_of(cloud.send("GET", at(identities, "2023-01-31"))).at("value").as_array().size() ==
        1);
  CHECK(cloud.send("DELETE", mine).status == 200);
  CHECK(cloud.send("DELETE", mine).status == 204);
  CHECK(cloud.send("GET", mine).status == 404);
}

TEST_CASE("a role is found by its name and assigned once to whom it is assigned") {
  Harness cloud;
  const std::string roles{"Microsoft.Authorization/roleDefinitions"};
  const Response found{
      cloud.send("GET", at(roles + "?$filter=roleName%20eq%20'Contributor'", "2022-04-01"))};
  CHECK(json_of(found).at("value").as_array().size() == 1);
  CHECK(text_at(found, "/value/0/name") == "b24988ac-6180-42a0-ab88-20f7382dd24c");
  const json::value body{{"properties",
                          {{"roleDefinitionId", text_at(found, "/value/0/id")},
                           {"principalId", "aaaaaaaa-0000-0000-0000-000000000001"}}}};
  const auto assignment{[](const std::string& rest) {
    return at("Microsoft.Authorization/roleAssignments" + rest, "2022-04-01");
  }};
  CHECK(send(cloud, "PUT", assignment("/1"), body) == "201");
  CHECK(send(cloud, "PUT", assignment("/2"), body) == "409 RoleAssignmentExists");
  CHECK(text_at(cloud.send("GET", assignment("/1")), "/properties/scope") == place);
  CHECK(text_at(cloud.send("GET", subscription + "/providers/Microsoft.Authorization/"
                                                 "roleAssignments?api-version=2022-04-01"),
                "/value/0/name") == "1");
  CHECK(cloud.send("DELETE", assignment("/1")).status == 200);
  CHECK(send(cloud, "PUT", assignment("/2"), body) == "201");
}

TEST_CASE("a lock on the resource group keeps what is in it from being deleted or written") {
  Harness cloud;
  cloud.start("web-1");
  const std::string lock{at("Microsoft.Authorization/locks/keep", "2020-05-01")};
  const auto level{[](const char* word) { return json::value{{"properties", {{"level", word}}}}; }};
  CHECK(send(cloud, "PUT", lock, level("Never")) == "400 InvalidLockLevel");
  CHECK(send(cloud, "PUT", lock, level("CanNotDelete")) == "201");
  CHECK(code_of(cloud.remove("web-1")) == "ScopeLocked");
  CHECK(code_of(cloud.send("DELETE", place + "?api-version=2021-04-01")) == "ScopeLocked");
  CHECK(cloud.put("web-2").status == 201);
  CHECK(send(cloud, "PUT", lock, level("ReadOnly")) == "200");
  CHECK(code_of(cloud.put("web-3")) == "ScopeLocked");
  CHECK(cloud.get("web-1").status == 200);
  CHECK(cloud.send("DELETE", lock).status == 200);
  CHECK(cloud.remove("web-1").status == 202);
}

}  // namespace
}  // namespace spillway::emulator::access_test
