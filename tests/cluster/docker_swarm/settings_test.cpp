#include "controller/cluster/docker_swarm/settings.hpp"

#include <doctest/doctest.h>

#include "tests/settings/read_yaml.hpp"

namespace spillway::settings_test {

using namespace spillway::testing;

TEST_CASE("a swarm needs nothing but itself") {
  const auto read = read_yaml<docker_swarm::Settings>("{}");
  CHECK(read.errors == "");
  CHECK(read.settings.endpoints == std::vector<std::string>{"unix:///var/run/docker.sock"});
}

TEST_CASE("managers by TCP with certificates, and the content of secrets") {
  const auto read = read_yaml<docker_swarm::Settings>(
      "endpoints: [tcp://10.0.0.11:2376, tcp://10.0.0.12:2376]\n"
      "ca_file: /ca.pem\ncertificate_file: /cert.pem\nkey_file: /key.pem\n"
      "timeout: 2s\nsecrets: {db: hunter2}\nsecrets_as: env\nsecure_env: ['DB_*']\n");
  CHECK(read.errors == "");
  CHECK(read.settings.endpoints.size() == 2);
  CHECK(read.settings.secrets.at("db") == "hunter2");
  CHECK(read.settings.secrets_as == docker_swarm::SecretsAs::env);
}

TEST_CASE("mistakes are told with what was expected") {
  const auto read =
      read_yaml<docker_swarm::Settings>("endpoints: [localhost]\nsecrets_as: file\nendpoint: x\n");
  CHECK(read.errors.find("endpoints") != std::string::npos);
  CHECK(read.errors.find("tcp://HOST:2376") != std::string::npos);
  CHECK(read.errors.find("secrets_as") != std::string::npos);
  CHECK(read.errors.find("did you mean \"endpoints\"?") != std::string::npos);
  CHECK(read_yaml<docker_swarm::Settings>("endpoints: []").errors != "");
}

}  // namespace spillway::settings_test
