#include "controller/cluster/static_vms/settings.hpp"

#include <string>
#include <vector>

#include "tests/settings/read_yaml.hpp"
#include "tests/support/printing.hpp"

namespace spillway::settings_test {

using namespace std::chrono_literals;
using spillway::testing::read_yaml;

TEST_CASE("a pool is a list of addresses or a count") {
  const auto [listed, errors] = read_yaml<static_vms::Settings>(R"(
addresses: ["vm1:8080", "10.0.0.2:8080", "[::1]:80"]
replicas_per_vm: 4
probe: {path: /healthz, scheme: https, interval: 5s, timeout: 300ms, fall: 2, rise: 1, at_once: 8}
)");
  CHECK(errors == "");
  CHECK(listed.addresses.size() == 3);
  CHECK(listed.replicas_per_vm == 4);
  CHECK(listed.probe.path == "/healthz");
  CHECK(listed.probe.scheme == "https");
  CHECK(listed.probe.interval == 5s);
  CHECK(listed.probe.timeout == 300ms);
  CHECK(listed.probe.fall == 2);
  CHECK(listed.probe.rise == 1);
  CHECK(listed.probe.at_once == 8);
  CHECK(read_yaml<static_vms::Settings>("count: 3").errors == "");
}

TEST_CASE("a pool that would be counted wrongly is an error of the config file") {
  for (const std::string bad :
       {"replicas_per_vm: 2", "count: 3\naddresses: [\"vm1:80\"]", "addresses: []",
        "addresses: [\"vm1:80\", \"vm1:80\"]", "addresses: [vm1]", "addresses: [\"vm1:0\"]",
        "addresses: [\"unix:/run/s\"]", "count: -1", "count: 1\nprobe: {path: healthz}",
        "count: 1\nprobe: {path: \"/a b\"}", "count: 1\nprobe: {scheme: ftp}",
        "count: 1\nprobe: {fall: 0}"}) {
    CAPTURE(bad);
    CHECK(read_yaml<static_vms::Settings>(bad).errors != "");
  }
}

}  // namespace spillway::settings_test
