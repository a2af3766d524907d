// The server at the virtual node's kubelet port: TLS that only the API server gets through. Like
// the controller's own API it lives as long as the program.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

#include "controller/io/http_server.hpp"
#include "controller/virtual_node/settings.hpp"
#include "controller/wiring/wiring.hpp"

namespace spillway::virtual_node {
class VirtualNode;
}

namespace spillway::wiring {

/// Connections that the kubelet port takes: one for each session that the settings allow, and room
/// for the rest, of which logs that are followed stay open, too.
std::size_t kubelet_connections(const virtual_node::KubeletSettings& kubelet);

/// The kubelet port's certificate and whose clients it takes, read from their files now; without a
/// file for the certificate a new one of our own. Errors: those of `read_file`, naming the setting.
Result<io::TlsServerOptions> kubelet_tls(const virtual_node::Settings& settings);

/// `node` gives the one that answers now; null: 503. Errors: bad_request for certificates that
/// cannot be used, unavailable for an address in use; those of `read_file`.
Result<std::unique_ptr<io::HttpServer>> start_kubelet(
    Outside& outside, const virtual_node::Settings& settings,
    std::function<std::shared_ptr<virtual_node::VirtualNode>()> node);

}  // namespace spillway::wiring
