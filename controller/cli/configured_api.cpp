#include "controller/cli/configured_api.hpp"

#include <string_view>
#include <utility>

#include "controller/cli/loaded_config.hpp"

namespace spillway::cli {

std::string url_of(const settings::ApiConfig& api) {
  const std::size_t colon{api.listen.rfind(':')};
  std::string host{api.listen.substr(0, colon)};
  if (host == "0.0.0.0") host = "127.0.0.1";
  if (host == "[::]") host = "[::1]";
  const std::string_view scheme{api.tls_certificate.empty() ? "http" : "https"};
  return std::string{scheme} + "://" + host + api.listen.substr(colon);
}

std::optional<ApiAddress> api_of_config(ApiAddress given, const std::string& path) {
  const auto config{load_or_complain(path)};
  if (!config) return std::nullopt;
  if (given.url.empty()) given.url = url_of(config->api);
  if (given.token.empty()) given.token = config->api.token;
  return given;
}

}  // namespace spillway::cli
