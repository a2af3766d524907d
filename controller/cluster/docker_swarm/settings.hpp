// What the config file says about a Docker Swarm.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "controller/core/fields.hpp"
#include "controller/core/units.hpp"
#include "controller/io/http_access.hpp"

namespace spillway::docker_swarm {

/// How a burst replica gets what Docker keeps as a secret.
enum class SecretsAs {
  files,  ///< as on the cluster: /run/secrets/NAME
  env     ///< an environment variable NAME in capitals that the provider does not show
};

struct Settings {
  static constexpr std::string_view type{"docker_swarm"};
  static constexpr bool describes_replicas{true};

  std::vector<std::string> endpoints{"unix:///var/run/docker.sock"};
  io::HttpAccessSettings access{};
  Duration timeout{std::chrono::seconds{4}};
  int answer_mib_max{64};
  std::map<std::string, std::string> secrets{};  ///< Docker's name -> content; never logged
  SecretsAs secrets_as{SecretsAs::files};
  /// Patterns (`*` stands for anything) of environment variables to hide at the provider.
  std::vector<std::string> secure_env{"*PASSWORD*", "*SECRET*", "*TOKEN*", "*_KEY", "*CREDENTIAL*"};
};

void describe(Fields& fields, Settings& settings);

/// `unix:///PATH`, `tcp://HOST:PORT` (as DOCKER_HOST has it; with TLS if there is a certificate),
/// `http://...` or `https://...` as a URL. Error: `malformed`.
Result<io::Url> engine_url(std::string_view endpoint, const io::HttpAccessSettings& access);

}  // namespace spillway::docker_swarm
