// A real Docker Engine as the head of a swarm, over TCP and over TLS: what can be read, and what is
// said where a certificate is not the right one. Skipped with the reason where Docker cannot run.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>
#include <vector>

#include "controller/cluster/docker_swarm/docker_swarm.hpp"
#include "tests/integration/swarm_rig.hpp"
#include "tests/support/certificates.hpp"
#include "tests/support/printing.hpp"
#include "tests/support/real_time.hpp"
#include "tests/support/skip.hpp"

namespace spillway::testing::swarm_access_test {
namespace {

using docker_swarm::Settings;

Result<Observation> look(RealTime& time, const Settings& settings, const std::string& service) {
  const auto cluster{docker_swarm::make_docker_swarm(time.context, time.clock, settings)};
  if (!cluster) return cluster.error();
  const auto refreshed = time.run((*cluster)->refresh(time.soon()));
  if (!refreshed) return refreshed.error();
  return time.run((*cluster)->observe(service, time.soon()));
}

/// A service of two replicas that no node is large enough for: neither image nor network is needed.
void create_service(const SwarmRig& rig) {
  REQUIRE(
      rig.docker({"service", "create", "--detach", "--no-resolve-image", "--name", "web",
                  "--network", "host", "--replicas", "2", "--reserve-cpu", "4000", "demo/none:1"}));
}

/// Services, tasks and nodes.
void check_all_is_read(RealTime& time, const Settings& settings) {
  std::string trouble{};
  const bool is_pending{wait_until([&] {
    const auto seen = look(time, settings, "web");
    trouble = seen ? std::string{} : to_string(seen.error());
    return seen && seen->pool.pending == 2_replicas;
  })};
  CAPTURE(trouble);
  CHECK(is_pending);
  const auto seen = look(time, settings, "web");
  REQUIRE(seen);
  CHECK(seen->pool.desired == 2_replicas);
  CHECK(seen->pool.nodes_up == 1);
  REQUIRE(seen->replica);
  CHECK(seen->replica->replica.image == "demo/none:1");
}

/// A dockerd that wants certificates of its authority, and those of others.
struct Guarded {
  ScratchDirectory scratch{};
  Authority authority{"engines"};
  std::string port{std::to_string(free_port())};
  std::string ca{scratch.write("ca.pem", authority.certificate_pem())};
  std::string other_ca{scratch.write("other.pem", Authority{"others"}.certificate_pem())};
  Certificate server{authority.issue("IP:127.0.0.1")};
  Certificate client{authority.issue("DNS:spillway")};
  std::string own{scratch.write("own.pem", client.certificate_pem)};
  std::string own_key{scratch.write("own-key.pem", client.key_pem)};
  SwarmRig rig{0,
               {"--host", "tcp://127.0.0.1:" + port, "--tlsverify", "--tlscacert", ca, "--tlscert",
                scratch.write("server.pem", server.certificate_pem), "--tlskey",
                scratch.write("server-key.pem", server.key_pem)}};

  /// As a person writes it who knows DOCKER_HOST.
  Settings settings() const {
    Settings made{};
    made.endpoints = {"tcp://127.0.0.1:" + port};
    made.access.ca_file = ca;
    made.access.certificate_file = own;
    made.access.key_file = own_key;
    return made;
  }
};

TEST_CASE("a swarm is read over TLS, and a wrong certificate on either side is said to be one") {
  const Guarded guarded{};
  if (!guarded.rig.why_not().empty()) return skip_test(guarded.rig.why_not());
  RealTime time{};
  create_service(guarded.rig);
  check_all_is_read(time, guarded.settings());

  Settings distrusting{guarded.settings()};
  distrusting.access.ca_file = guarded.other_ca;
  const auto distrusted = look(time, distrusting, "web");
  REQUIRE_FALSE(distrusted);
  MESSAGE("another authority: ", to_string(distrusted.error()));
  CHECK(distrusted.error().context.find("certificate") != std::string::npos);
  CHECK(distrusted.error().context.find("127.0.0.1") != std::string::npos);

  Settings nameless{guarded.settings()};
  nameless.access.certificate_file.clear();
  nameless.access.key_file.clear();
  const auto unknown = look(time, nameless, "web");
  REQUIRE_FALSE(unknown);
  MESSAGE("no certificate of ours: ", to_string(unknown.error()));
  CHECK(unknown.error().context.find("certificate") != std::string::npos);

  Settings plain{};
  plain.endpoints = {"tcp://127.0.0.1:" + guarded.port};
  const auto refused = look(time, plain, "web");
  REQUIRE_FALSE(refused);
  MESSAGE("plain: ", to_string(refused.error()));
  CHECK(refused.error().context.find("HTTPS") != std::string::npos);
}

TEST_CASE("a swarm is read over plain TCP") {
  const std::string port{std::to_string(free_port())};
  const SwarmRig rig{0, {"--host", "tcp://127.0.0.1:" + port}};
  if (!rig.why_not().empty()) return skip_test(rig.why_not());
  RealTime time{};
  create_service(rig);
  Settings settings{};
  settings.endpoints = {"tcp://127.0.0.1:" + port};
  check_all_is_read(time, settings);
}

}  // namespace
}  // namespace spillway::testing::swarm_access_test
