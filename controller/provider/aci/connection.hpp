// Everything behind one ACI provider, made from its settings: HTTP client, credential, tokens, ARM
// client and the provider itself, in the order in which they need each other.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>

#include "controller/core/error.hpp"
#include "controller/io/clock.hpp"
#include "controller/io/http_client.hpp"
#include "controller/io/random.hpp"
#include "controller/io/web_socket_client.hpp"
#include "controller/provider/aci/aci_provider.hpp"
#include "controller/provider/aci/aci_settings.hpp"
#include "controller/provider/aci/arm_client.hpp"
#include "controller/provider/aci/former_scopes.hpp"
#include "controller/provider/aci/token_source.hpp"

namespace spillway::aci {

struct Connection {
  std::unique_ptr<io::HttpClient> http{};
  std::unique_ptr<Credential> credential{};
  std::unique_ptr<TokenSource> tokens{};
  std::unique_ptr<ArmClient> arm{};
  std::unique_ptr<FormerScopes> former{};
  std::unique_ptr<AciStandby> standby{};
  std::unique_ptr<AciProvider> provider{};
  std::unique_ptr<io::WebSocketClient> sockets{};  ///< for terminals
};

/// `given` as `with_environment` returned them; nothing is sent yet. `owner` is the value of our
/// owner tag. `context`, `clock` and `random` must outlive the connection, and the connection its
/// coroutines. Error: `bad_request`, naming everything that is missing or cannot be read.
Result<Connection> connect(boost::asio::io_context& context, io::Clock& clock, io::Random& random,
                           const AciSettings& given, std::string owner);

/// The secret or certificate of `given` in the place of what `connection` logs in with, read anew.
/// The rest of the settings is not looked at. Error: `bad_request`; then all stays as it was.
Result<void> renew_identity(Connection& connection, io::Clock& clock, io::Random& random,
                            const AciSettings& given);

}  // namespace spillway::aci
