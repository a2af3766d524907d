#include "tests/emulator/validation.hpp"

#include <doctest/doctest.h>

#include "tests/emulator/harness.hpp"
#include "tests/emulator/naming.hpp"

namespace spillway::emulator::validation_test {
namespace {

namespace json = boost::json;

/// Sets the member that a JSON pointer names, making objects on its way (Boost 1.81 cannot).
void set_at(json::value& root, std::string_view pointer, const json::value& value) {
  json::value* at{&root};
  while (!pointer.empty()) {
    pointer.remove_prefix(1);
    const std::string_view key{pointer.substr(0, pointer.find('/'))};
    pointer.remove_prefix(key.size());
    if (at->is_array()) {
      at = &at->as_array().at(static_cast<std::size_t>(key[0] - '0'));
    } else {
      at = &at->as_object()[key];
      if (at->is_null() && !pointer.empty()) at->emplace_object();
    }
  }
  *at = value;
}

/// `small_group()` with the value at each pointer set; `container` stands for the first one's
/// properties.
json::value group_with(std::initializer_list<std::pair<std::string, json::value>> changes) {
  json::value body(small_group());
  for (const auto& [path, value] : changes) {
    const std::string prefix{"container"};
    const std::string pointer{path.starts_with(prefix) ? "/properties/containers/0/properties" +
                                                             path.substr(prefix.size())
                                                       : path};
    set_at(body, pointer, value);
  }
  return body;
}

TEST_CASE("each rule of the service has its error") {
  const json::value probe{{"httpGet", {{"port", 80}}}, {"exec", {{"command", json::array{"x"}}}}};
  const json::array six_ports{{{"port", 1}}, {{"port", 2}}, {{"port", 3}},
                              {{"port", 4}}, {{"port", 5}}, {{"port", 6}}};
  struct Row {
    std::string code;
    json::value body;
  };
  const std::vector<Row> rows{
      {"LocationRequired", group_with({{"/location", nullptr}})},
      {"LocationNotAvailableForResourceType", group_with({{"/location", "moon"}})},
      {"InvalidZones", group_with({{"/zones", json::array{"1", "2"}}})},
      {"InvalidZones", group_with({{"/zones", json::array{"4"}}})},
      {"ReservedTagName", group_with({{"/tags", {{"Azure-x", "1"}}}})},
      {"InvalidTagNameOrValue", group_with({{"/tags", {{"x", std::string(257, 'v')}}}})},
      {"DuplicateTagName", group_with({{"/tags", {{"x", "1"}, {"X", "2"}}}})},
      {"InvalidRequestContent", group_with({{"/tags", {{"x", 1}}}})},
      {"InvalidRequestContent", group_with({{"/properties/osType", "BeOS"}})},
      {"InvalidRequestContent", group_with({{"/properties/osType", nullptr}})},
      {"InvalidRequestContent", group_with({{"/properties/restartPolicy", "Sometimes"}})},
      {"InvalidContainerCount", group_with({{"/properties/containers", json::array{}}})},
      {"InvalidContainerName", group_with({{"/properties/containers/0/name", "Web"}})},
      {"InvalidContainerName", group_with({{"/properties/containers/0/name", "a--b"}})},
      {"InvalidContainerImage", group_with({{"container/image", nullptr}})},
      {"ResourceSomeRequestsNotSpecified", group_with({{"container/resources", nullptr}})},
      {"ResourceSomeRequestsNotSpecified",
       group_with({{"container/resources/requests/cpu", nullptr}})},
      {"InvalidResourceRequests", group_with({{"container/resources/requests/cpu", 0}})},
      {"InvalidResourceRequests", group_with({{"container/resources/requests/cpu", 32}})},
      {"InvalidResourceRequests", group_with({{"container/resources/requests/memoryInGB", 241}})},
      {"ResourceLimitsLessThanRequests",
       group_with({{"container/resources/limits", {{"cpu", 0.5}}}})},
      {"ContainerLimitGreaterThanContainerGroupTotalRequest",
       group_with({{"container/resources/limits", {{"cpu", 2}}}})},
      {"GpuNotSupported",
       group_with({{"container/resources/requests/gpu", {{"count", 1}, {"sku", "V100"}}}})},
      {"InvalidPort", group_with({{"container/ports/0/port", 0}})},
      {"InvalidPort", group_with({{"container/ports/0/port", 65536}})},
      {"ReservedPort", group_with({{"/properties/ipAddress/ports/0/port", 22}})},
      {"ReservedPort", group_with({{"/properties/ipAddress/ports/0/port", 25000}})},
      {"InvalidPortCount", group_with({{"/properties/ipAddress/ports", six_ports}})},
      {"MissingIpAddressPorts", group_with({{"/properties/ipAddress/ports", json::array{}}})},
      {"InvalidRequestContent", group_with({{"/properties/ipAddress/type", nullptr}})},
      {"InvalidIPAddressType", group_with({{"/properties/ipAddress/type", "Private"}})},
      {"InvalidDnsNameLabel", group_with({{"/properties/ipAddress/dnsNameLabel", "1abcd"}})},
      {"InvalidDnsNameLabel", group_with({{"/properties/ipAddress/dnsNameLabel", "abc"}})},
      {"InvalidEnvironmentVariableName",
       group_with({{"container/environmentVariables", json::array{{{"name", "A-B"}}}}})},
      {"InvalidEnvironmentVariable",
       group_with({{"container/environmentVariables",
                    json::array{{{"name", "A"}, {"value", "1"}, {"secureValue", "2"}}}}})},
      {"InvalidProbe", group_with({{"container/livenessProbe", probe}})},
      {"InvalidProbe", group_with({{"container/readinessProbe", json::object{}}})},
      {"InvalidVolumeName",
       group_with({{"/properties/volumes", json::array{{{"name", "v"}, {"emptyDir", {}}}}}})},
      {"InvalidVolume", group_with({{"/properties/volumes", json::array{{{"name", "vault"}}}}})},
      {"VolumeNotFound", group_with({{"container/volumeMounts",
                                      json::array{{{"name", "vault"}, {"mountPath", "/v"}}}}})},
      {"InvalidVolumeMountPath",
       group_with(
           {{"/properties/volumes", json::array{{{"name", "vault"}, {"emptyDir", {}}}}},
            {"container/volumeMounts", json::array{{{"name", "vault"}, {"mountPath", "C:/v"}}}}})},
      {"InvalidIdentityType", group_with({{"/identity", {{"type", "Robot"}}}})},
      {"InvalidRequestContent", group_with({{"/identity", {{"type", "UserAssigned"}}}})},
      {"InvalidSpotContainerGroup", group_with({{"/properties/priority", "Spot"}})},
      {"SpotNotAvailableInRegion",
       group_with({{"/properties/priority", "Spot"}, {"/properties/ipAddress", nullptr}})},
      {"InvalidConfidentialContainerGroup", group_with({{"/properties/sku", "Confidential"}})},
  };
  for (const Row& row : rows) {
    CAPTURE(json::serialize(row.body));
    Harness azure;
    const Response response{azure.put("web", row.body)};
    CHECK(response.status == 400);
    CHECK(code_of(response) == row.code);
  }
}

TEST_CASE("what is allowed at the edges is accepted") {
  for (const json::value& body :
       {group_with({{"container/resources/requests/cpu", 31}}),
        group_with({{"container/resources/requests/cpu", 0.01},
                    {"container/resources/limits", {{"cpu", 1.0}}}}),
        group_with({{"/properties/ipAddress/ports/0/port", 49151}}),
        group_with({{"/properties/ipAddress", nullptr}}),
        group_with({{"/properties/priority", "spot"},
                    {"/location", "West US"},
                    {"/properties/ipAddress", nullptr}}),
        group_with({{"/properties/ipAddress/type", "Private"},
                    {"/properties/subnetIds", json::array{{{"id", "/subscriptions/s/x"}}}}}),
        group_with({{"/unknown", "is ignored"}})}) {
    CAPTURE(json::serialize(body));
    Harness azure;
    CHECK(azure.put("web", body).status == 201);
  }
}

TEST_CASE("container group names") {
  struct Row {
    std::string name;
    bool ok;
  };
  for (const Row& row :
       {Row{"a", true}, Row{"a-b-1", true}, Row{std::string(63, 'a'), true},
        Row{std::string(64, 'a'), false}, Row{"", false}, Row{"-a", false}, Row{"a-", false},
        Row{"a--b", false}, Row{"A", false}, Row{"a_b", false}}) {
    CAPTURE(row.name);
    CHECK(is_group_name(row.name) == row.ok);
  }
}

TEST_CASE("a small group still counts as one CPU and one GB") {
  Harness azure;
  azure.put("web", group_with({{"container/resources/requests/cpu", 0.25},
                               {"container/resources/requests/memoryInGB", 0.5}}));
  const auto& group{azure.cloud.world().groups().begin()->second};
  CHECK(group.cpu == 1.0);
  CHECK(group.memory_gb == 1.0);
}

}  // namespace
}  // namespace spillway::emulator::validation_test
