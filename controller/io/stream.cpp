#include "controller/io/stream.hpp"

#include <fmt/format.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <cerrno>
#include <type_traits>
#include <utility>

#include "controller/io/resolve.hpp"
#include "controller/io/tls_context.hpp"

namespace spillway::io {

namespace asio = boost::asio;
namespace ssl = asio::ssl;

namespace {

/// True for the alerts by which a server says that it does not like the client's certificate.
bool is_certificate_refused(const boost::system::error_code& failure) {
  if (failure.category() != asio::error::get_ssl_category()) return false;
  switch (ERR_GET_REASON(static_cast<unsigned long>(failure.value()))) {
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
    case SSL_R_TLSV1_ALERT_ACCESS_DENIED:
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
    case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
      return true;
    default:
      return false;
  }
}

Error stream_error(std::string_view doing, const boost::system::error_code& failure) {
  if (failure == asio::error::operation_aborted || failure == asio::error::bad_descriptor) {
    return {Errc::cancelled, std::string{doing}};
  }
  if (is_certificate_refused(failure)) {
    return {Errc::denied, fmt::format("{}: the server refuses our TLS certificate: {}", doing,
                                      failure.message())};
  }
  if (failure == ssl::error::stream_truncated) {
    return {Errc::unavailable, fmt::format("{}: the TLS connection was cut off", doing)};
  }
  const bool is_tls{failure.category() == asio::error::get_ssl_category()};
  const Errc code{is_tls                                  ? Errc::malformed
                  : failure == asio::error::access_denied ? Errc::denied
                                                          : Errc::unavailable};
  return {code, fmt::format("{}: {}", doing, failure.message())};
}

/// Plain or TLS: the two differ in what is read and written (`Layer`), not in the socket below.
template <class Layer>
class LayeredStream final : public ByteStream {
 public:
  explicit LayeredStream(Layer layer) : layer_{std::move(layer)} {}

  asio::awaitable<Result<std::size_t>> read_some(std::span<char> space) override {
    boost::system::error_code failure{};
    const std::size_t size{
        co_await layer_.async_read_some(asio::buffer(space.data(), space.size()),
                                        asio::redirect_error(asio::use_awaitable, failure))};
    if (failure == asio::error::eof) co_return std::size_t{0};
    if (failure) co_return stream_error("reading", failure);
    co_return size;
  }

  asio::awaitable<Result<void>> write_all(std::string_view bytes) override {
    boost::system::error_code failure{};
    co_await asio::async_write(layer_, asio::buffer(bytes.data(), bytes.size()),
                               asio::redirect_error(asio::use_awaitable, failure));
    if (failure) co_return stream_error("writing", failure);
    co_return Result<void>{};
  }

  bool is_quiet() override {
    char byte{0};
    const int descriptor{socket().native_handle()};
    const ssize_t size{::recv(descriptor, &byte, 1, MSG_PEEK | MSG_DONTWAIT)};
    return size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
  }

  void end_output() override {
    boost::system::error_code ignored{};
    if constexpr (std::is_same_v<Layer, Socket>) layer_.shutdown(Socket::shutdown_send, ignored);
  }

  asio::awaitable<Result<void>> close_politely() override {
    boost::system::error_code ignored{};
    if constexpr (!std::is_same_v<Layer, Socket>) {
      co_await layer_.async_shutdown(asio::redirect_error(asio::use_awaitable, ignored));
    }
    boost::system::error_code ended{};
    socket().shutdown(Socket::shutdown_send, ended);
    std::array<char, 4096> discarded{};
    while (!ended) {
      co_await socket().async_read_some(asio::buffer(discarded),
                                        asio::redirect_error(asio::use_awaitable, ended));
    }
    close();
    co_return Result<void>{};
  }

  void close() override {
    boost::system::error_code ignored{};
    socket().close(ignored);
  }

 private:
  Socket& socket() {
    if constexpr (std::is_same_v<Layer, Socket>) {
      return layer_;
    } else {
      return layer_.next_layer();
    }
  }

  Layer layer_;
};

using TlsLayer = ssl::stream<Socket>;

asio::awaitable<Result<Socket>> connect_unix(std::string path) {
  const auto executor = co_await asio::this_coro::executor;
  asio::local::stream_protocol::socket socket{executor};
  const asio::local::stream_protocol::endpoint endpoint{path};
  boost::system::error_code failure{};
  co_await socket.async_connect(endpoint, asio::redirect_error(asio::use_awaitable, failure));
  if (failure) co_return stream_error("connecting to unix:" + path, failure);
  co_return Socket{std::move(socket)};
}

asio::awaitable<Result<Socket>> connect_tcp(std::string host, std::uint16_t port) {
  const auto addresses = co_await resolve(std::move(host));
  if (!addresses) co_return addresses.error();
  const auto executor = co_await asio::this_coro::executor;
  Error last{};
  for (const auto& address : *addresses) {
    asio::ip::tcp::socket socket{executor};
    const asio::ip::tcp::endpoint endpoint{address, port};
    boost::system::error_code failure{};
    co_await socket.async_connect(endpoint, asio::redirect_error(asio::use_awaitable, failure));
    if (!failure) {
      // Requests are small and written whole: waiting to fill a packet would only add latency.
      socket.set_option(asio::ip::tcp::no_delay{true}, failure);
      co_return Socket{std::move(socket)};
    }
    const Endpoint tried{.host = address.to_string(), .port = port};
    last = stream_error("connecting to " + to_string(tried), failure);
    if (last.code == Errc::cancelled) break;
  }
  co_return last;
}

asio::awaitable<Result<Socket>> connect_socket(Endpoint endpoint) {
  if (!endpoint.path.empty()) co_return co_await connect_unix(std::move(endpoint.path));
  co_return co_await connect_tcp(std::move(endpoint.host), endpoint.port);
}

/// Sets what the certificate is checked against, and the name the server chooses one by.
void expect_host(SSL* tls, const std::string& host) {
  if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls), host.c_str()) == 1) return;
  SSL_set1_host(tls, host.c_str());
  // What SSL_set_tlsext_host_name does, without its C cast. An address is never sent (RFC 6066).
  SSL_ctrl(tls, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
           const_cast<char*>(host.c_str()));
}

Error handshake_error(SSL* tls, const std::string& host, const boost::system::error_code& failure) {
  const long verdict{SSL_get_verify_result(tls)};
  if (failure.category() == asio::error::get_ssl_category() && verdict != X509_V_OK) {
    return {Errc::malformed, fmt::format("TLS: the certificate shown for '{}' is not trusted: {}",
                                         host, X509_verify_cert_error_string(verdict))};
  }
  return stream_error("TLS handshake", failure);
}

}  // namespace

asio::awaitable<StreamResult> connect_plain(Endpoint endpoint) {
  auto socket = co_await connect_socket(std::move(endpoint));
  if (!socket) co_return socket.error();
  co_return plain_stream(std::move(*socket));
}

asio::awaitable<StreamResult> connect_tls(Endpoint endpoint, std::shared_ptr<TlsContext> context,
                                          std::string host) {
  auto socket = co_await connect_socket(std::move(endpoint));
  if (!socket) co_return socket.error();
  TlsLayer layer{std::move(*socket), context->context};
  expect_host(layer.native_handle(), host);
  boost::system::error_code failure{};
  co_await layer.async_handshake(ssl::stream_base::client,
                                 asio::redirect_error(asio::use_awaitable, failure));
  if (failure) co_return handshake_error(layer.native_handle(), host, failure);
  co_return std::make_unique<LayeredStream<TlsLayer>>(std::move(layer));
}

std::unique_ptr<ByteStream> plain_stream(Socket accepted) {
  return std::make_unique<LayeredStream<Socket>>(std::move(accepted));
}

asio::awaitable<StreamResult> accept_tls(Socket accepted, std::shared_ptr<TlsContext> context) {
  TlsLayer layer{std::move(accepted), context->context};
  boost::system::error_code failure{};
  co_await layer.async_handshake(ssl::stream_base::server,
                                 asio::redirect_error(asio::use_awaitable, failure));
  if (failure) co_return stream_error("TLS handshake", failure);
  co_return std::make_unique<LayeredStream<TlsLayer>>(std::move(layer));
}

}  // namespace spillway::io
