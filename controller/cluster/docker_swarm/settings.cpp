#include "controller/cluster/docker_swarm/settings.hpp"

#include <array>

namespace spillway::docker_swarm {

void describe(Fields& fields, Settings& settings) {
  static constexpr std::array<std::string_view, 2> ways{"files", "env"};
  const auto is_endpoint{[](std::string_view text) { return engine_url(text, {}).has_value(); }};
  fields.texts("endpoints", settings.endpoints,
               {.max_length = 300,
                .expected = "unix:///var/run/docker.sock, tcp://HOST:2376 or https://HOST:2376",
                .is_valid = is_endpoint},
               "Docker Engines of managers of the swarm, in the order of preference; the next one "
               "is asked when one fails or does not answer. Reading is enough: services, tasks, "
               "nodes.");
  describe(fields, settings.access);
  fields.duration("timeout", settings.timeout,
                  {.min = std::chrono::milliseconds{100}, .max = std::chrono::minutes{1}},
                  "For one request. A swarm that has lost the majority of its managers answers "
                  "nothing at all.");
  fields.count("answer_mib_max", settings.answer_mib_max, {.min = 1, .max = 1024},
               "Largest answer to read, in MiB; 10 000 tasks take about 30.");
  fields.secret_map("secrets", settings.secrets, {.max_length = 65536},
                    "Content of Docker secrets by their names, since Docker hands it out to no "
                    "one: for templates that are taken from the services.");
  choose(fields, "secrets_as", settings.secrets_as, ways,
         "How a burst replica gets them: `files` below /run/secrets, as on the cluster, or `env`, "
         "as variables in capitals that the provider does not show.");
  fields.texts("secure_env", settings.secure_env,
               {.max_length = 256, .expected = "a pattern such as *_TOKEN"},
               "Environment variables of services that the provider shall not show, by name; * "
               "stands for anything.");
  fields.require(!settings.endpoints.empty(), "endpoints needs at least one address");
}

Result<io::Url> engine_url(std::string_view endpoint, const io::HttpAccessSettings& access) {
  std::string url{endpoint};
  constexpr std::string_view tcp{"tcp://"};
  if (endpoint.starts_with(tcp)) {
    const bool is_tls{!access.certificate_file.empty() || !access.ca_file.empty()};
    url = (is_tls ? "https://" : "http://") + std::string{endpoint.substr(tcp.size())};
  }
  return io::parse_url(url);
}

}  // namespace spillway::docker_swarm
