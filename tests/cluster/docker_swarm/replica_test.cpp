#include "controller/cluster/docker_swarm/replica.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "tests/cluster/docker_swarm/samples.hpp"
#include "tests/support/printing.hpp"

namespace spillway::replica_test {

using namespace spillway::docker_swarm;
using namespace std::chrono_literals;

namespace {

using Texts = std::map<std::string, std::string>;
using Words = std::vector<std::string>;

DerivedReplica rich(const Settings& settings = {}) {
  const auto services = parse_services(samples::rich_service);
  REQUIRE(services);
  const Service& web{services->at(0)};
  return derived_replica(web.task, web.ports, settings, std::nullopt);
}

bool is_left_out(const DerivedReplica& derived, std::string_view beginning) {
  return std::ranges::any_of(derived.left_out,
                             [&](const std::string& each) { return each.starts_with(beginning); });
}

}  // namespace

TEST_CASE("a burst replica of a service is as its specification says") {
  const DerivedReplica derived{rich()};
  CHECK(derived.replica.image == "registry.example:5000/shop/web@sha256:0123");
  CHECK(derived.replica.command == Words{"/web", "--fast"});
  CHECK(derived.replica.env == Texts{{"EMPTY", ""}, {"MODE", "fast"}});
  CHECK(derived.replica.secure_env == Texts{{"API_TOKEN", "t0"}});
  CHECK(derived.port == 8000);
  CHECK(derived.replica.more_ports == std::vector<int>{9100});
  CHECK(derived.vcpu.value() == doctest::Approx(0.5));
  CHECK(derived.memory_gb.value() == doctest::Approx(0.536870912));
  CHECK(derived.replica.restart == RestartPolicy::always);
}

TEST_CASE("a health check becomes the platform's liveness probe") {
  const auto probe = rich().replica.liveness;
  REQUIRE(probe);
  CHECK(probe->command == Words{"/bin/sh", "-c", "wget -q localhost/healthz"});
  CHECK(probe->period == 3s);  // whole seconds, never more often than asked for
  CHECK(probe->timeout == 1s);
  CHECK(probe->failure_threshold == 5);
  TaskSpec task{.healthcheck = Healthcheck{.test = {"NONE"}}};
  CHECK_FALSE(derived_replica(task, {}, {}, {}).replica.liveness);
  task.healthcheck->test = {"CMD", "/check", "-q"};
  CHECK(derived_replica(task, {}, {}, {}).replica.liveness->command == Words{"/check", "-q"});
  CHECK(derived_replica(task, {}, {}, {}).replica.liveness->period == 30s);
  task.healthcheck->test = {"CMD"};
  CHECK(is_left_out(derived_replica(task, {}, {}, {}), "health check"));
}

TEST_CASE("what a container group cannot have is named with the reason") {
  const DerivedReplica derived{rich()};
  for (const std::string_view beginning :
       {"environment SLOT", "mount /data", "mount /db", "secret db_password", "secret cert",
        "config webconf", "networks", "Dir", "port 53/udp"}) {
    CAPTURE(beginning);
    CHECK(is_left_out(derived, beginning));
  }
  CHECK(derived.left_out.size() == 9);
  CHECK(derived.replica.mounts == std::vector<Mount>{{.volume = "scratch-1", .path = "/scratch"}});
}

TEST_CASE("secrets whose content the settings know are files as on the cluster") {
  Settings settings{};
  settings.secrets = {{"db_password", "hunter2"}, {"cert", "PEM"}};
  const DerivedReplica derived{rich(settings)};
  CHECK_FALSE(is_left_out(derived, "secret"));
  const auto volume = derived.replica.volumes.find("docker-secrets");
  REQUIRE(volume != derived.replica.volumes.end());
  CHECK(std::get<SecretVolume>(volume->second.kind).files ==
        Texts{{"cert", "PEM"}, {"db.password", "hunter2"}});
  CHECK(derived.replica.mounts.back() ==
        Mount{.volume = "docker-secrets", .path = "/run/secrets", .is_read_only = true});
}

TEST_CASE("secrets may become variables instead") {
  Settings settings{};
  settings.secrets = {{"db_password", "hunter2"}};
  settings.secrets_as = SecretsAs::env;
  const DerivedReplica derived{rich(settings)};
  CHECK(derived.replica.secure_env == Texts{{"API_TOKEN", "t0"}, {"DB_PASSWORD", "hunter2"}});
  CHECK(is_left_out(derived, "secret cert"));
}

TEST_CASE("arguments go to the image's entry point, if that is known") {
  const TaskSpec task{.image = "web", .args = {"--fast"}};
  CHECK(is_left_out(derived_replica(task, {}, {}, std::nullopt), "arguments"));
  CHECK(derived_replica(task, {}, {}, std::nullopt).replica.command.empty());
  CHECK(derived_replica(task, {}, {}, Words{"/web"}).replica.command == Words{"/web", "--fast"});
  CHECK(derived_replica(task, {}, {}, Words{}).replica.command == Words{"--fast"});
}

TEST_CASE("without limits the reservations tell the size, and without both nothing does") {
  TaskSpec task{.reservations = {.nano_cpus = 250'000'000}};
  CHECK(derived_replica(task, {}, {}, {}).vcpu.value() == doctest::Approx(0.25));
  CHECK_FALSE(derived_replica(task, {}, {}, {}).memory_gb);
  CHECK_FALSE(derived_replica(task, {}, {}, {}).port);
}

TEST_CASE("a digest stays and the tag beside it goes") {
  CHECK(pinned_image("web:1@sha256:ab") == "web@sha256:ab");
  CHECK(pinned_image("host:5000/web@sha256:ab") == "host:5000/web@sha256:ab");
  CHECK(pinned_image("host:5000/web:1") == "host:5000/web:1");
  CHECK(pinned_image("") == "");
}

TEST_CASE("a star in a rule stands for anything") {
  CHECK(matches("*TOKEN*", "API_TOKEN_2"));
  CHECK(matches("*_KEY", "A_KEY_B_KEY"));
  CHECK(matches("*", ""));
  CHECK_FALSE(matches("*_KEY", "KEYS"));
  CHECK_FALSE(matches("", "X"));
  CHECK_FALSE(matches("a*b*c", "a-b-"));
  CHECK_FALSE(matches(std::string(40, '*') + "x", std::string(10'000, 'a')));
}

}  // namespace spillway::replica_test
