// The examples of Marathon's own REST description as input, read where `shared_data` has them.
#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <optional>

#include "controller/cluster/marathon/pool.hpp"
#include "controller/io/atomic_file.hpp"
#include "tests/support/printing.hpp"
#include "tests/support/skip.hpp"

using namespace spillway;
using namespace spillway::marathon;
using namespace std::chrono_literals;

namespace {

using Texts = std::map<std::string, std::string>;
using Words = std::vector<std::string>;

bool is_left_out(const DerivedReplica& derived, std::string_view beginning) {
  for (const std::string& each : derived.left_out) {
    if (each.starts_with(beginning)) return true;
  }
  return false;
}

/// An example of the public description; nothing if this machine does not have it.
std::optional<std::string> example(const std::string& name) {
  const char* const directory{std::getenv("MARATHON_API")};
  if (directory == nullptr || !std::filesystem::exists(directory)) {
    testing::skip_test("the description of Marathon's API is not here: option shared_data");
    return std::nullopt;
  }
  const auto text = io::read_file(std::string{directory} + "/v2/examples/" + name, 1U << 20U);
  REQUIRE(text);
  return *text;
}

}  // namespace

TEST_CASE("the examples of the public description: an app as a template") {
  const auto text = example("app.json");
  if (!text) return;
  const auto apps = parse_apps(R"({"apps":[)" + *text + "]}");
  REQUIRE(apps);
  Settings settings{};
  settings.secrets = {{"PASSWORD", "x"}, {"/db/password", "hunter2"}};
  const DerivedReplica derived{derived_replica(apps->at("/foo"), settings)};
  CHECK(derived.replica.image == "mesosphere:marathon/latest");
  CHECK(derived.replica.command == Words{"/bin/sh", "-c", "sleep 1000"});
  CHECK(derived.replica.env == Texts{{"XPS1", "Test"}, {"XPS2", "Rest"}});
  CHECK(derived.replica.secure_env == Texts{{"PASSWORD", "hunter2"}});
  CHECK(derived.port == 80);
  CHECK(derived.vcpu.value() == doctest::Approx(0.1));
  CHECK(derived.memory_gb.value() == doctest::Approx(0.016777216));
  CHECK(derived.probe_path == "/");
  REQUIRE(derived.replica.liveness);
  CHECK(derived.replica.liveness->initial_delay == 300s);
  CHECK(derived.replica.liveness->period == 20s);
  for (const std::string_view what :
       {"volume /docker_storage", "user", "fetch", "parameters", "ipAddress"}) {
    CAPTURE(what);
    CHECK(is_left_out(derived, what));
  }
}

TEST_CASE("the examples of the public description: lists") {
  const auto apps_text = example("app_list.json");
  if (!apps_text) return;
  const auto apps = parse_apps(*apps_text);
  REQUIRE(apps);
  CHECK(apps->at("/myapp").instances == 3);
  CHECK(is_left_out(derived_replica(apps->at("/myapp"), {}), "image"));
  const auto queue = parse_queue(*example("queue.json"));
  REQUIRE(queue);
  CHECK(queue->at("/foo").count == 2);
  CHECK(queue->at("/foo").waits_for_offers);
  CHECK(queue->at("/tools/datadog-agent").count == 1);
  const auto deployments = parse_deployments(*example("deployments.json"));
  REQUIRE(deployments);
  CHECK(deployments->empty());  // it scales
}
