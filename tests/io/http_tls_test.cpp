#include <doctest/doctest.h>

#include <string>

#include "controller/io/self_signed.hpp"
#include "controller/io/stream_socket.hpp"
#include "tests/io/http_world.hpp"
#include "tests/support/certificates.hpp"
#include "tests/support/raw_server.hpp"

namespace spillway::http_tls_test {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using spillway::testing::Authority;
using spillway::testing::Certificate;
using spillway::testing::get;
using spillway::testing::HttpWorld;
using spillway::testing::Pending;

namespace {

asio::awaitable<io::HttpReply> say_hello(io::HttpRequest) {
  io::HttpResponse response{};
  response.body = std::string(100'000, 'h');
  co_return response;
}

io::TlsServerOptions shows(const Certificate& certificate) {
  return {.certificate_pem = certificate.certificate_pem,
          .key_pem = io::Secret{certificate.key_pem}};
}

io::HttpClientOptions trusts(const Authority& authority) {
  io::HttpClientOptions options{};
  options.tls.ca_pem = authority.certificate_pem();
  return options;
}

bool says(const Error& error, std::string_view text) {
  return error.context.find(text) != std::string::npos;
}

/// A server with a certificate for `names`, and one way to ask it.
struct TlsWorld : HttpWorld {
  explicit TlsWorld(const std::string& names, bool wants_client_certificate = false) {
    io::HttpServerOptions options{};
    options.tls = shows(authority.issue(names));
    if (wants_client_certificate) options.tls->client_ca_pem = authority.certificate_pem();
    server_ = server(say_hello, std::move(options));
  }
  ~TlsWorld() { stop(*server_); }

  Result<io::HttpResponse> ask(io::HttpClientOptions options, std::string host = "127.0.0.1") {
    const auto asking = client(std::move(options));
    return send(*asking, get(server_->port(), "/", "https", std::move(host)));
  }

  Authority authority{"Spillway test authority"};
  std::unique_ptr<io::HttpServer> server_{};
};

}  // namespace

TEST_CASE("a request travels over TLS, and the second one over the same connection") {
  TlsWorld world{"IP:127.0.0.1"};
  const auto client = world.client(trusts(world.authority));
  for (int i{0}; i < 3; ++i) {
    const auto response = world.send(*client, get(world.server_->port(), "/", "https"));
    REQUIRE(response);
    CHECK(response->body.size() == 100'000);
  }
}

TEST_CASE("a renewed certificate is shown to new connections, and an open one goes on") {
  TlsWorld world{"DNS:expired.example"};
  const Authority next{"the next authority"};
  const auto before = world.client(trusts(world.authority));
  auto by_old_name = get(world.server_->port(), "/", "https", "127.0.0.1");
  REQUIRE_FALSE(world.send(*before, by_old_name));
  REQUIRE(world.server_->renew_tls(shows(world.authority.issue("IP:127.0.0.1"))));
  REQUIRE(world.send(*before, by_old_name));
  REQUIRE(world.server_->renew_tls(shows(next.issue("IP:127.0.0.1"))));
  CHECK(world.ask(trusts(next)));
  CHECK_FALSE(world.ask(trusts(world.authority)));
  CHECK(world.send(*before, by_old_name));
  SUBCASE("one that cannot be used leaves the last in place") {
    const auto refused = world.server_->renew_tls({.certificate_pem = "no certificate"});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Errc::bad_request);
    CHECK(world.ask(trusts(next)));
  }
}

TEST_CASE("a server that was started without TLS takes no certificate later") {
  HttpWorld world{};
  const auto server = world.server(say_hello);
  const auto refused = server->renew_tls(shows(Authority{"some"}.issue("IP:127.0.0.1")));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::bad_request);
  world.stop(*server);
}

TEST_CASE("a certificate for a name serves that name") {
  TlsWorld world{"DNS:localhost"};
  CHECK(world.ask(trusts(world.authority), "localhost"));
}

TEST_CASE("a certificate for another host is refused") {
  TlsWorld world{"DNS:other.example,IP:127.0.0.9"};
  for (const std::string host : {"127.0.0.1", "localhost"}) {
    CAPTURE(host);
    const auto response = world.ask(trusts(world.authority), host);
    REQUIRE_FALSE(response);
    CHECK(response.error().code == Errc::malformed);
    CHECK(says(response.error(), "mismatch"));
  }
}

TEST_CASE("a certificate by an unknown authority is refused, unless verification is switched off") {
  TlsWorld world{"IP:127.0.0.1"};
  const Authority stranger{"somebody else"};
  SUBCASE("another authority is configured") {
    const auto response = world.ask(trusts(stranger));
    REQUIRE_FALSE(response);
    CHECK(response.error().code == Errc::malformed);
    CHECK(says(response.error(), "not trusted"));
  }
  SUBCASE("those of the system do not know it") {
    const auto response = world.ask({});
    REQUIRE_FALSE(response);
    CHECK(response.error().code == Errc::malformed);
  }
  SUBCASE("nobody asks") {
    io::HttpClientOptions options{};
    options.tls.insecure_skip_verify = true;
    CHECK(world.ask(std::move(options)));
  }
}

TEST_CASE("mutual TLS admits the client with a certificate and refuses the others") {
  TlsWorld world{"IP:127.0.0.1", true};
  auto options = trusts(world.authority);
  SUBCASE("with the right certificate") {
    const Certificate own{world.authority.issue("DNS:client")};
    options.tls.certificate_pem = own.certificate_pem;
    options.tls.key_pem = io::Secret{own.key_pem};
    CHECK(world.ask(options));
  }
  SUBCASE("with one by a stranger") {
    const Certificate own{Authority{"stranger"}.issue("DNS:client")};
    options.tls.certificate_pem = own.certificate_pem;
    options.tls.key_pem = io::Secret{own.key_pem};
    const auto response = world.ask(options);
    REQUIRE_FALSE(response);
    CHECK(response.error().code == Errc::denied);
  }
  SUBCASE("without one") {
    const auto response = world.ask(options);
    REQUIRE_FALSE(response);
    CHECK(response.error().code == Errc::denied);
    CHECK(says(response.error(), "certificate"));
  }
}

TEST_CASE(
    "TLS spoken to a plain server, and plain to a TLS server, are told apart from bad weather") {
  TlsWorld world{"IP:127.0.0.1"};
  testing::RawServer plain{world.context, {{"220 smtp.example ESMTP\r\n"}}, "\x01"};
  const auto client = world.client(trusts(world.authority));
  const auto to_plain = world.send(*client, get(plain.port(), "/", "https"));
  REQUIRE_FALSE(to_plain);
  CHECK(to_plain.error().code == Errc::malformed);

  const auto to_tls = world.send(*client, get(world.server_->port(), "/", "http"));
  CHECK_FALSE(to_tls);
}

TEST_CASE("a TLS handshake that stalls runs into the connect timeout") {
  HttpWorld world{};
  testing::RawServer silent{world.context, {}, "never"};
  const auto client = world.client();
  const Pending pending{world.context,
                        client->send(get(silent.port(), "/", "https"), world.in(60s))};
  world.clock.run_io_until([&] { return silent.connection_count() == 1; });
  world.clock.advance_by(5s);
  world.clock.run_io_until([&] { return pending.is_done(); });
  REQUIRE_FALSE(pending.answer());
  CHECK(pending.answer().error().code == Errc::timeout);
  CHECK(says(pending.answer().error(), "connecting"));
}

TEST_CASE("unusable certificates and keys are found at the start") {
  HttpWorld world{};
  const Authority authority{"a"};
  const Certificate one{authority.issue("DNS:one")}, two{authority.issue("DNS:two")};
  const auto refused = [&](io::TlsClientOptions tls) {
    io::HttpClientOptions options{};
    options.tls = std::move(tls);
    auto made = io::make_http_client(world.context, world.clock, std::move(options));
    REQUIRE_FALSE(made);
    CHECK(made.error().code == Errc::bad_request);
    return made.error().context;
  };
  CHECK(refused({.ca_pem = "no PEM"}).find("authority") != std::string::npos);
  CHECK(refused({.certificate_pem = "no PEM"}).find("certificate") != std::string::npos);
  CHECK(refused({.certificate_pem = one.certificate_pem, .key_pem = io::Secret{two.key_pem}})
            .find("key") != std::string::npos);

  io::HttpServerOptions options{};
  options.tls = io::TlsServerOptions{};
  CHECK_FALSE(io::start_http_server(world.context, world.clock, std::move(options), say_hello));
}

TEST_CASE("of the clients that an authority signs for only those with a given name are let in") {
  for (const std::string name : {"spillway test", "kube-apiserver-kubelet-client", "spillway"}) {
    CAPTURE(name);
    HttpWorld world{};
    const Authority authority{"Spillway test authority"};
    io::HttpServerOptions options{};
    options.tls = shows(authority.issue("IP:127.0.0.1"));
    options.tls->client_ca_pem = authority.certificate_pem();
    options.client_names = {"another", name};
    const auto server = world.server(say_hello, std::move(options));
    const Certificate own{authority.issue("DNS:client")};  // its common name: spillway test
    io::HttpClientOptions shown{trusts(authority)};
    shown.tls.certificate_pem = own.certificate_pem;
    shown.tls.key_pem = io::Secret{own.key_pem};
    const auto client = world.client(std::move(shown));
    const auto answer = world.send(*client, get(server->port(), "/", "https"));
    CHECK(answer.has_value() == (name == "spillway test"));
    world.stop(*server);
  }
}

TEST_CASE("a certificate made on the spot serves whoever is shown it, and nobody else") {
  const auto made = io::self_signed("DNS:node,IP:127.0.0.1");
  REQUIRE(made);
  HttpWorld world{};
  io::HttpServerOptions options{};
  options.tls = *made;
  const auto server = world.server(say_hello, std::move(options));
  io::HttpClientOptions shown{};
  shown.tls.ca_pem = made->certificate_pem;
  const auto client = world.client(std::move(shown));
  CHECK(world.send(*client, get(server->port(), "/", "https")));
  const auto stranger = world.client(trusts(Authority{"another"}));
  CHECK_FALSE(world.send(*stranger, get(server->port(), "/", "https")));
  world.stop(*server);
  CHECK(io::self_signed("nonsense").error().code == Errc::bad_request);
}

}  // namespace spillway::http_tls_test
