#include "controller/wiring/kubelet.hpp"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "controller/io/atomic_file.hpp"
#include "controller/io/self_signed.hpp"
#include "controller/io/upgrade.hpp"
#include "controller/virtual_node/virtual_node.hpp"

namespace spillway::wiring {

namespace {

constexpr std::size_t kubelet_pem_bytes_max{std::size_t{1} << 20U};

Result<io::TlsServerOptions> shown_certificate(const virtual_node::Settings& settings) {
  const virtual_node::KubeletSettings& kubelet{settings.kubelet};
  if (kubelet.certificate_file.empty()) {
    return io::self_signed(fmt::format("DNS:{},IP:{}", settings.name, kubelet.address));
  }
  auto certificate{io::read_file(kubelet.certificate_file, kubelet_pem_bytes_max)};
  if (!certificate) return with_context("certificate_file", certificate.error());
  auto key{io::read_file(kubelet.key_file, kubelet_pem_bytes_max)};
  if (!key) return with_context("key_file", key.error());
  io::TlsServerOptions options{};
  options.certificate_pem = std::move(*certificate);
  options.key_pem = io::Secret{std::move(*key)};
  return options;
}

boost::asio::awaitable<io::HttpReply> answer(std::shared_ptr<virtual_node::VirtualNode> node,
                                             io::HttpRequest request) {
  if (!node) {
    io::HttpResponse away{};
    away.status = 503;
    co_return away;
  }
  io::HttpReply reply{co_await node->answer_kubelet(std::move(request))};
  // A reload makes another node while the client goes on reading.
  if (reply.events) reply.events->source = node;
  if (reply.upgrade) reply.upgrade->source = node;
  co_return reply;
}

}  // namespace

Result<io::TlsServerOptions> kubelet_tls(const virtual_node::Settings& settings) {
  auto tls{shown_certificate(settings)};
  if (!tls) return with_context("virtual_node.kubelet", tls.error());
  auto authority{io::read_file(settings.kubelet.client_ca_file, kubelet_pem_bytes_max)};
  if (!authority) return with_context("virtual_node.kubelet.client_ca_file", authority.error());
  if (authority->empty()) {
    return Error{Errc::bad_request, "virtual_node.kubelet.client_ca_file: the file is empty"};
  }
  tls->client_ca_pem = std::move(*authority);
  return tls;
}

std::size_t kubelet_connections(const virtual_node::KubeletSettings& kubelet) {
  return io::HttpServerOptions{}.connections_max + static_cast<std::size_t>(kubelet.sessions);
}

Result<std::unique_ptr<io::HttpServer>> start_kubelet(
    Outside& outside, const virtual_node::Settings& settings,
    std::function<std::shared_ptr<virtual_node::VirtualNode>()> node) {
  const virtual_node::KubeletSettings& kubelet{settings.kubelet};
  auto tls{kubelet_tls(settings)};
  if (!tls) return tls.error();
  io::HttpServerOptions options{};
  options.host = kubelet.listen.substr(0, kubelet.listen.rfind(':'));
  if (options.host.starts_with('[')) options.host = options.host.substr(1, options.host.size() - 2);
  options.port = virtual_node::port_of(kubelet.listen).value_or(0);
  options.tls = std::move(*tls);
  options.connections_max = kubelet_connections(kubelet);
  options.client_names = kubelet.client_names;
  io::HttpHandler handler{[node = std::move(node)](io::HttpRequest request) {
    return answer(node(), std::move(request));
  }};
  auto server{io::start_http_server(outside.context, outside.clock, std::move(options),
                                    std::move(handler))};
  if (!server) return with_context("virtual_node.kubelet.listen", server.error());
  return server;
}

}  // namespace spillway::wiring
