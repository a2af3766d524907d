#include "controller/provider/aci/connection.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

#include "controller/io/atomic_file.hpp"
#include "controller/io/url.hpp"
#include "controller/provider/aci/identity.hpp"

namespace spillway::aci {

namespace {

constexpr std::size_t ca_file_bytes_max{4 * 1024 * 1024};

Result<io::HttpClientOptions> http_options(const AciSettings& settings) {
  io::HttpClientOptions options{};
  if (settings.ca_file.empty()) return options;
  auto pem = io::read_file(settings.ca_file, ca_file_bytes_max);
  if (!pem) return Error{Errc::bad_request, "ca_file: " + pem.error().context};
  options.tls.ca_pem = std::move(*pem);
  return options;
}

}  // namespace

Result<Connection> connect(boost::asio::io_context& context, io::Clock& clock, io::Random& random,
                           const AciSettings& given, std::string owner) {
  const AciSettings settings{with_cloud(given)};
  const auto missing = missing_settings(settings);
  if (!missing.empty())
    return Error{Errc::bad_request, fmt::format("{}", fmt::join(missing, "; "))};
  if (owner.empty()) return Error{Errc::bad_request, "the owner tag must not be empty"};
  auto endpoint = io::parse_url(settings.endpoint);
  if (!endpoint) return with_context("endpoint", std::move(endpoint).error());
  auto options = http_options(settings);
  if (!options) return std::move(options).error();

  Connection made{};
  auto sockets = io::make_web_socket_client(clock, random, options->tls);
  if (!sockets) return with_context("ca_file", std::move(sockets).error());
  made.sockets = std::move(*sockets);
  auto http = io::make_http_client(context, clock, std::move(*options));
  if (!http) return with_context("ca_file", std::move(http).error());
  made.http = std::move(*http);
  auto credential = make_credential(*made.http, clock, random, settings);
  if (!credential) return std::move(credential).error();
  made.credential = std::move(*credential);
  made.tokens = std::make_unique<TokenSource>(clock, *made.credential);
  ArmOptions arm{.endpoint = std::move(*endpoint),
                 .api_version = settings.api_version,
                 .timeout = settings.timeout};
  made.arm = std::make_unique<ArmClient>(*made.http, *made.tokens, clock, random, std::move(arm));
  made.standby = std::make_unique<AciStandby>(*made.arm, settings, owner);
  made.provider = std::make_unique<AciProvider>(*made.arm, clock, settings, std::move(owner));
  made.provider->take_from(*made.standby);
  made.former = std::make_unique<FormerScopes>(clock);
  made.standby->also_look_in(*made.former);
  made.provider->also_look_in(*made.former);
  return made;
}

Result<void> renew_identity(Connection& connection, io::Clock& clock, io::Random& random,
                            const AciSettings& given) {
  auto credential = make_credential(*connection.http, clock, random, with_cloud(given));
  if (!credential) return std::move(credential).error();
  connection.tokens->use(std::move(*credential));
  return {};
}

}  // namespace spillway::aci
