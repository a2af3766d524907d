#include "tests/emulator/config_file.hpp"

#include <doctest/doctest.h>

namespace spillway::emulator::config_file_test {
namespace {

using namespace std::chrono_literals;

std::string complaint_about(const std::string& yaml) {
  try {
    with_config_text({}, yaml, "e.yaml");
  } catch (const std::exception& error) {
    return error.what();
  }
  return {};
}

TEST_CASE("a config file sets what it names and leaves the rest") {
  const auto options{with_config_text({}, R"(
backend: process
speed: 20
lro_headers: location
regions: [West US]
clients: [{id: me, secret: s}]
limits: {groups_per_region: 3, reads: [10, 1]}
images:
  demo/web:1:
    command: [./workload, --listen, "{ip}:{port}"]
    environment: {MODE: demo}
    pull_seconds: 3
)",
                                      "e.yaml")};
  CHECK(options.backend == BackendKind::process);
  CHECK(options.speed == 20);
  CHECK(options.lro_headers == LroHeaders::location);
  CHECK(options.regions == std::vector<std::string>{"westus"});
  CHECK(options.clients.at(0).tenant == options.tenant);
  CHECK(options.limits.groups_per_region == 3);
  CHECK(options.limits.creates_per_hour == 300);
  CHECK(options.arm_limits.reads.size == 10);
  const ImageRule* rule{find_image(options, "demo/web:1")};
  REQUIRE(rule != nullptr);
  CHECK(rule->command.size() == 3);
  CHECK(rule->pull == 3s);
  CHECK(rule->environment.at("MODE") == "demo");
}

TEST_CASE("an empty config is fine") {
  CHECK(complaint_about("").empty());
  CHECK(complaint_about("# nothing\n").empty());
}

TEST_CASE("a wrong config says where and what was expected") {
  struct Row {
    std::string yaml, place, words;
  };
  for (const Row& row : {
           Row{"spead: 3", "e.yaml:1:1:", "'spead' is not a key"},
           Row{"\nspeed: fast", "e.yaml:2:8:", "a number from"},
           Row{"speed: -1", "e.yaml:1:8:", "a number from"},
           Row{"speed: .nan", "e.yaml:1:8:", "a number from"},
           Row{"page_size: 1.5", "e.yaml:1:12:", "a whole number"},
           Row{"auth: perhaps", "e.yaml:1:7:", "true or false"},
           Row{"backend: magic", "e.yaml:1:10:", "none of simulated, process"},
           Row{"images: [a]", "e.yaml:1:9:", "a mapping"},
           Row{"images: {a: {command: []}}", "e.yaml:1:23:", "not be empty"},
           Row{"images: {a: {cmd: x}}", "e.yaml:1:14:", "'cmd' is not a key of an image"},
           Row{"clients: [{id: x}]", "e.yaml:1:11:", "a client needs id"},
           Row{"limits: {reads: 5}", "e.yaml:1:17:", "[bucket size, refill"},
           Row{"regions: []", "e.yaml:1:10:", "not be empty"},
           Row{"[1, 2]", "e.yaml:1:1:", "must be a mapping"},
           Row{"a: [", "e.yaml:", "not YAML"},
           Row{std::string{"\x00\x01\x02", 3}, "e.yaml:", ""},
       }) {
    CAPTURE(row.yaml);
    const std::string complaint{complaint_about(row.yaml)};
    CHECK(complaint.find(row.place) == 0);
    CHECK(complaint.find(row.words) != std::string::npos);
  }
}

TEST_CASE("the exact image name wins over a wildcard") {
  const auto options{with_config_text(
      {}, "images: {\"*\": {size_mb: 1}, \"demo/*\": {size_mb: 2}, demo/x: {size_mb: 3}}",
      "e.yaml")};
  CHECK(find_image(options, "demo/x")->size_mb == 3);
  CHECK(find_image(options, "other")->size_mb == 1);
}

}  // namespace
}  // namespace spillway::emulator::config_file_test
