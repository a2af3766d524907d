// The emulator as the wire sees it: keep-alive, limits, TLS, and answers spoiled on purpose.
#include <doctest/doctest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <future>
#include <thread>
#include <vector>

#include "tests/emulator/emulator.hpp"
#include "tests/emulator/raw_client.hpp"

namespace spillway::emulator::front_test {
namespace {

using namespace std::chrono_literals;

const std::string list_path{
    "/subscriptions/00000000-0000-0000-0000-000000000000/providers/Microsoft.ContainerInstance/"
    "containerGroups?api-version=2025-09-01"};
const std::string list_request{"GET " + list_path + " HTTP/1.1\r\nHost: x\r\n\r\n"};

EmulatorOptions open_door() {
  EmulatorOptions options;
  options.auth = false;
  options.manual_time = true;
  return options;
}

/// An emulator on a thread of its own.
class Server {
 public:
  template <class F>
  auto on_its_thread(F what) {
    std::packaged_task<decltype(what(emulator_))()> task{[&] { return what(emulator_); }};
    auto result{task.get_future()};
    boost::asio::post(context_, [&] { task(); });
    return result.get();
  }
  explicit Server(EmulatorOptions options = open_door()) : emulator_{context_, std::move(options)} {
    thread_ = std::thread{[this] { context_.run(); }};
  }
  ~Server() {
    on_its_thread([](Emulator& emulator) { emulator.stop(); });
    context_.stop();
    thread_.join();
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  std::string url() const { return emulator_.url(); }

  void fault(const boost::json::object& fault) {
    on_its_thread([&](Emulator& emulator) { emulator.add_fault(fault); });
  }

 private:
  boost::asio::io_context context_{1};
  Emulator emulator_;
  std::thread thread_;
};

std::string status_of(const std::string& answer) {
  return answer.substr(0, answer.find("\r\n"));
}

TEST_CASE("one connection serves many requests, also when they come in one packet") {
  Server server;
  RawClient client{server.url()};
  for (int i{0}; i < 3; ++i) {
    client.send(list_request);
    CHECK(status_of(client.receive()) == "HTTP/1.1 200 OK");
  }
  client.send(list_request + list_request);
  CHECK(status_of(client.receive()) == "HTTP/1.1 200 OK");
  CHECK(status_of(client.receive()) == "HTTP/1.1 200 OK");
}

TEST_CASE("a client that asks to close is closed after its answer") {
  Server server;
  RawClient client{server.url()};
  client.send("GET " + list_path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const auto all{client.receive_all()};
  REQUIRE(all);
  CHECK(all->find("{\"value\":[]}") != std::string::npos);
}

TEST_CASE("garbage is answered with 400 and the connection closes") {
  Server server;
  for (const std::string garbage :
       {"nonsense\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n",
        "\x16\x03\x01\x02\x00\x01\r\n\r\n", "GET / HTTP/1.1\r\nno colon\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n"}) {
    CAPTURE(garbage);
    RawClient client{server.url()};
    client.send(garbage);
    const auto all{client.receive_all()};
    REQUIRE(all);
    CHECK(status_of(*all) == "HTTP/1.1 400 Bad Request");
    CHECK(all->find("{\"error\":{\"code\":\"BadRequest\"") != std::string::npos);
  }
}

TEST_CASE("a body beyond the limit is answered with 413, announced or not") {
  EmulatorOptions options{open_door()};
  options.body_bytes_max = 1000;
  Server server{options};
  RawClient announced{server.url()};
  announced.send("PUT /x HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\n\r\n" +
                 std::string(1001, 'x'));
  CHECK(status_of(announced.receive()) == "HTTP/1.1 413 Payload Too Large");
  RawClient chunked{server.url()};
  chunked.send("PUT /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n" +
               std::string(1001, 'x') + "\r\n0\r\n\r\n");
  CHECK(status_of(chunked.receive()) == "HTTP/1.1 413 Payload Too Large");
  RawClient enough{server.url()};
  enough.send("PUT /x HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n" +
              std::string(1000, 'x'));
  CHECK(status_of(enough.receive()) == "HTTP/1.1 404 Not Found");
}

TEST_CASE("a header beyond the limit is answered with 431") {
  Server server;
  RawClient client{server.url()};
  client.send("GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + std::string(64 * 1024, 'x') + "\r\n\r\n");
  CHECK(status_of(client.receive()) == "HTTP/1.1 431 Request Header Fields Too Large");
}

TEST_CASE("a client that goes away in mid-request harms nobody") {
  Server server;
  {
    RawClient header{server.url()}, body{server.url()};
    header.send("GET / HTT");
    body.send("PUT /x HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf");
    body.finish();
    CHECK(body.receive_all() == "");
  }
  RawClient client{server.url()};
  client.send(list_request);
  CHECK(status_of(client.receive()) == "HTTP/1.1 200 OK");
}

TEST_CASE("a client that waits for 100 Continue gets it") {
  Server server;
  RawClient client{server.url()};
  client.send("PUT /x HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  CHECK(status_of(client.receive()) == "HTTP/1.1 100 Continue");
  client.send("{}");
  CHECK(status_of(client.receive()) == "HTTP/1.1 404 Not Found");
}

TEST_CASE("a lost answer closes the connection without a byte") {
  Server server;
  server.fault({{"fault", "lost_answer"}});
  RawClient client{server.url()};
  client.send(list_request);
  CHECK(client.receive_all() == "");
}

TEST_CASE("a truncated answer promises more than it brings") {
  Server server;
  server.fault({{"fault", "truncated_body"}});
  RawClient client{server.url()};
  client.send(list_request);
  const auto all{client.receive_all()};
  REQUIRE(all);
  CHECK(all->find("Content-Length: 12\r\n") != std::string::npos);
  const std::string body{all->substr(all->find("\r\n\r\n") + 4)};
  CHECK(body.size() < 12);
  CHECK_FALSE(body.empty());
}

TEST_CASE("an oversize answer arrives whole") {
  Server server;
  server.fault({{"fault", "oversize_body"}, {"bytes", 9'000'000}});
  RawClient client{server.url()};
  client.send(list_request);
  CHECK(client.receive().size() > 9'000'000);
}

TEST_CASE("a delayed answer waits for emulator time, not for real time") {
  Server server;
  server.fault({{"fault", "delay"}, {"seconds", 3600}});
  RawClient client{server.url()};
  client.send(list_request);
  const auto is_counted{[](Emulator& emulator) {
    return emulator.state().at("operations").as_object().contains("ContainerGroups_List");
  }};
  while (!server.on_its_thread(is_counted)) std::this_thread::yield();
  server.on_its_thread([](Emulator& emulator) { emulator.advance(1h); });
  CHECK(status_of(client.receive()) == "HTTP/1.1 200 OK");
}

TEST_CASE("links are absolute and name the host that the client used") {
  Server server;
  RawClient client{server.url()};
  client.send("GET /metadata/endpoints HTTP/1.1\r\nHost: arm.example:99\r\n\r\n");
  CHECK(client.receive().find("\"loginEndpoint\":\"http://arm.example:99\"") != std::string::npos);
}

/// One masked frame of a client (the mask is zero: the bytes are as they are).
std::string frame(const std::string& text, unsigned char first = 0x82) {
  std::string bytes{static_cast<char>(first), static_cast<char>(0x80U | text.size())};
  return bytes + std::string(4, '\0') + text;
}

/// What `POST .../exec` says of `member`.
std::string invitation(const std::string& answer, const std::string& member) {
  const std::size_t from{answer.find("\"" + member + "\":\"") + member.size() + 4};
  return answer.substr(from, answer.find('"', from) - from);
}

TEST_CASE("exec opens a WebSocket: password first, then a shell that echoes, then a close") {
  Server server;
  const std::string group{
      "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/spillway/providers/"
      "Microsoft.ContainerInstance/containerGroups/web-1"};
  const std::string version{"?api-version=2025-09-01 HTTP/1.1\r\nHost: x\r\n"};
  RawClient client{server.url()};
  const auto ask{[&](const std::string& method, const std::string& path, const std::string& body) {
    client.send(method + " " + path + version +
                "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
                "\r\n\r\n" + body);
    return client.receive();
  }};
  ask("PUT", group, R"({"location":"eastus","properties":{"osType":"Linux","containers":[{"name":
      "main","properties":{"image":"demo/web:1","resources":{"requests":{"cpu":1,"memoryInGB":1}}}}]}})");
  server.on_its_thread([](Emulator& emulator) { emulator.advance(10min); });
  const std::string invited{ask("POST", group + "/containers/main/exec", R"({"command":"sh"})")};
  REQUIRE(status_of(invited) == "HTTP/1.1 200 OK");
  const std::string uri{invitation(invited, "webSocketUri")};
  CHECK(uri.starts_with("ws://x/exec/caas-"));
  const std::string upgrade{
      "Host: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
      "Sec-WebSocket-Version: 13\r\n"
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"};
  client.send("GET " + uri.substr(6) + " HTTP/1.1\r\n" + upgrade);
  client.send(frame(invitation(invited, "password"), 0x81) + frame("echo hi\r") + frame("exit\r") +
              frame("", 0x88));
  const auto all{client.receive_all()};
  REQUIRE(all);
  CHECK(status_of(*all) == "HTTP/1.1 101 Switching Protocols");
  CHECK(all->find("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") != std::string::npos);  // RFC 6455's example
  CHECK(all->find("\x82\x04hi\r\n") != std::string::npos);                // a frame of its own
  CHECK(all->find("\x88\x02\x03\xE8") != std::string::npos);              // closed with 1000

  RawClient late{server.url()};
  late.send("GET " + uri.substr(6) + " HTTP/1.1\r\n" + upgrade);
  CHECK(status_of(late.receive()) == "HTTP/1.1 404 Not Found");  // good once
}

TEST_CASE("beside https there may be a plain listener for what is never encrypted") {
  const TestCertificate certificate;
  EmulatorOptions options{open_door()};
  options.tls_certificate_file = certificate.certificate_file;
  options.tls_key_file = certificate.key_file;
  options.http_listen = "127.0.0.1:0";
  Server server{options};
  const std::string plain{
      server.on_its_thread([](Emulator& emulator) { return emulator.plain_url(); })};
  CHECK(plain.starts_with("http://"));
  RawClient client{plain};
  client.send(
      "GET /metadata/identity/oauth2/token?api-version=2018-02-01&resource=r HTTP/1.1\r\n"
      "Host: x\r\nMetadata: true\r\n\r\n");
  CHECK(status_of(client.receive()) == "HTTP/1.1 200 OK");
}

TEST_CASE("two hundred connections at once are all served") {
  Server server;
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i{0}; i < 200; ++i) clients.push_back(std::make_unique<RawClient>(server.url()));
  for (const auto& client : clients)
    client->send("GET /_emulator/state HTTP/1.1\r\nHost: x\r\n\r\n");
  int answered{0};
  for (const auto& client : clients) {
    answered += status_of(client->receive()) == "HTTP/1.1 200 OK" ? 1 : 0;
  }
  CHECK(answered == 200);
}

TEST_CASE("with a certificate it speaks TLS 1.2 and 1.3, nothing older and no plain HTTP") {
  const TestCertificate certificate;
  EmulatorOptions options{open_door()};
  options.tls_certificate_file = certificate.certificate_file;
  options.tls_key_file = certificate.key_file;
  Server server{options};
  CHECK(server.url().starts_with("https://127.0.0.1:"));
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    RawClient client{server.url(), version};
    REQUIRE(client.connected());
    for (int i{0}; i < 2; ++i) {
      client.send(list_request);
      CHECK(status_of(client.receive()) == "HTTP/1.1 200 OK");
    }
  }
  CHECK_FALSE(RawClient{server.url(), TLS1_1_VERSION}.connected());
  RawClient plain{"http" + server.url().substr(5)};
  plain.send(list_request);
  const auto all{plain.receive_all()};
  REQUIRE(all);
  CHECK(all->find("HTTP/1.1 200") == std::string::npos);
}

TEST_CASE("what cannot be served is told at the start") {
  struct Row {
    const char* listen;
    const char* certificate;
  };
  boost::asio::io_context context;
  for (const Row& row : {Row{"nowhere", ""}, Row{"127.0.0.1:99999", ""}, Row{"127.0.0.1:x", ""},
                         Row{"192.0.2.1:80", ""}, Row{"127.0.0.1:0", "/no/such/file"}}) {
    CAPTURE(row.listen);
    EmulatorOptions options{open_door()};
    options.listen = row.listen;
    options.tls_certificate_file = options.tls_key_file = row.certificate;
    CHECK_THROWS(Emulator{context, options});
  }
}

}  // namespace
}  // namespace spillway::emulator::front_test
