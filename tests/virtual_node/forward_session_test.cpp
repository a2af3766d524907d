// Port-forward: connections to a port of a pod over one connection of the API server.
#include "controller/virtual_node/remote/forward_session.hpp"

#include <doctest/doctest.h>

#include <boost/asio/ip/tcp.hpp>
#include <map>
#include <string>
#include <vector>

#include "tests/support/raw_server.hpp"
#include "tests/virtual_node/kubelet_site.hpp"

namespace spillway::forward_session_test {

using namespace spillway::node_rig;

namespace {

constexpr std::string_view forward_fields{
    "Connection: Upgrade\r\nUpgrade: SPDY/3.1\r\n"
    "X-Stream-Protocol-Version: portforward.k8s.io\r\nContent-Length: 0\r\n"};

/// A server whose every request becomes a session to 127.0.0.1.
class Forwarder {
 public:
  explicit Forwarder(ForwardLimits limits = {.idle = 1h}) : limits_{limits} {
    CHECK(client.ask("/", forward_fields).starts_with("HTTP/1.1 101"));
  }

  /// Opens a line; its data stream has the id that follows that of its errors.
  void open(spdy::StreamId first, std::uint16_t port) {
    spdy::StreamId id{first};
    for (const std::string kind : {"error", "data"}) {
      client.send(spdy::SynStream{id,
                                  false,
                                  {{"streamType", kind},
                                   {"port", std::to_string(port)},
                                   {"requestID", std::to_string(first)}}});
      id += 2;
    }
  }
  /// Reads until both streams of the line have ended: its data, its error.
  std::pair<std::string, std::string> read_line(spdy::StreamId first) {
    std::pair<std::string, std::string> said{};
    int ended{0};
    while (ended < 2) {
      for (const spdy::Frame& each : client.next_frames()) {
        REQUIRE_FALSE(std::holds_alternative<spdy::GoAway>(each));
        const auto* const data = std::get_if<spdy::Data>(&each);
        if (data == nullptr) continue;
        if (data->stream == first + 2) said.first += data->bytes;
        if (data->stream == first) said.second += data->bytes;
        if (data->is_last && (data->stream == first || data->stream == first + 2)) ++ended;
      }
    }
    return said;
  }

  RealTime time{};
  std::shared_ptr<RemoteCount> count{std::make_shared<RemoteCount>()};
  std::unique_ptr<io::HttpServer> server{start_server()};
  SpdyCaller client{time, server->port()};
  std::weak_ptr<io::Upgrade> begun{};

 private:
  std::unique_ptr<io::HttpServer> start_server() {
    io::HttpHandler handler{[this](io::HttpRequest request) { return answer(std::move(request)); }};
    auto started = io::start_http_server(time.context, time.clock, {}, std::move(handler));
    REQUIRE(started);
    return std::move(*started);
  }
  boost::asio::awaitable<io::HttpReply> answer(io::HttpRequest request) {
    auto agreement = agree_on_forwarding(request);
    io::HttpResponse head{};
    head.headers = std::move(agreement.headers);
    ForwardTarget target{};
    target.address = "127.0.0.1";
    target.who = "shop/a";
    auto session = make_forward_session(time.clock, std::move(target), limits_, count);
    begun = session;
    co_return io::HttpReply{std::move(head), std::move(session), agreement.protocol};
  }

  ForwardLimits limits_;
};

}  // namespace

TEST_CASE("several connections to a pod's port go over one, each with its own answer") {
  Forwarder forwarder{};
  RawServer pod{forwarder.time.context,
                {{"first answer", RawServer::Then::closes}, {"second", RawServer::Then::closes}}};
  forwarder.open(1, pod.port());
  forwarder.client.send(spdy::Data{3, false, "GET / HTTP/1.0\r\n"});
  forwarder.client.send(spdy::Data{3, true, "\r\n"});
  CHECK(forwarder.read_line(1) == std::pair<std::string, std::string>{"first answer", ""});
  forwarder.open(5, pod.port());
  forwarder.client.send(spdy::Data{7, false, "GET /2\r\n\r\n"});
  CHECK(forwarder.read_line(5) == std::pair<std::string, std::string>{"second", ""});
  CHECK(pod.requests() == std::vector<std::string>{"GET / HTTP/1.0\r\n\r\n", "GET /2\r\n\r\n"});
  CHECK(forwarder.count->running == 1);
  forwarder.client.stream->close();
  forwarder.time.drive([&] { return forwarder.count->running == 0; });
}

TEST_CASE("answers that nobody reads at home are not heaped up here") {
  Forwarder forwarder{};
  constexpr std::size_t size{16 * 1024 * 1024};
  RawServer pod{forwarder.time.context,
                {{std::string(size, 'a'), RawServer::Then::closes},
                 {std::string(size, 'b'), RawServer::Then::closes}}};
  for (const spdy::StreamId first : {1U, 5U}) {
    forwarder.open(first, pod.port());
    forwarder.client.send(spdy::Data{first + 2, true, "GET /\r\n\r\n"});
  }
  forwarder.time.drive([&] { return pod.requests().size() == 2; });
  // Nothing is read for a while; then all of it comes.
  const TimePoint until{forwarder.time.clock.now() + 300ms};
  forwarder.time.drive([&] { return forwarder.time.clock.now() >= until; });
  std::size_t heard{0};
  int ended{0};
  while (ended < 4) {
    for (const spdy::Frame& each : forwarder.client.next_frames()) {
      const auto* const data = std::get_if<spdy::Data>(&each);
      if (data == nullptr) continue;
      heard += data->bytes.size();
      if (data->is_last) ++ended;
    }
  }
  CHECK(heard == 2 * size);
}

namespace {

/// Takes connections, as the kernel does for it, and never a byte beyond what the kernel keeps.
class SilentPod {
 public:
  explicit SilentPod(boost::asio::io_context& context) : acceptor_{context, {loopback(), 0}} {}
  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

 private:
  static boost::asio::ip::address loopback() { return boost::asio::ip::address_v4::loopback(); }
  boost::asio::ip::tcp::acceptor acceptor_;
};

/// More than two kernels' buffers and ours hold.
constexpr int pieces{512};
const std::string piece(64 * 1024, 'x');

boost::asio::awaitable<Result<void>> send_pieces(io::ByteStream& stream, std::string frame) {
  for (int i{0}; i < pieces; ++i) {
    const Result<void> sent = co_await stream.write_all(frame);
    if (!sent) co_return sent;
  }
  co_return Result<void>{};
}

}  // namespace

TEST_CASE("a pod that stops reading loses its connection, and the session's others go on") {
  Forwarder forwarder{{.idle = 1h, .stall = 300ms}};
  const SilentPod silent{forwarder.time.context};
  RawServer pod{forwarder.time.context, {{"answer", RawServer::Then::closes}}};
  forwarder.open(1, silent.port());
  forwarder.open(5, pod.port());
  for (int i{0}; i < pieces; ++i) forwarder.client.send(spdy::Data{3, false, piece});
  forwarder.client.send(spdy::Data{7, false, "GET / HTTP/1.0\r\n\r\n"});
  // What the client was told meanwhile waits for it: the end of the first, the answer of the other.
  std::map<spdy::StreamId, std::string> said{};
  int ended{0};
  while (ended < 4) {
    for (const spdy::Frame& each : forwarder.client.next_frames()) {
      const auto* const data = std::get_if<spdy::Data>(&each);
      if (data == nullptr) continue;
      said[data->stream] += data->bytes;
      if (data->is_last) ++ended;
    }
  }
  CHECK(said[1].find("of pod shop/a does not read what it is sent") != std::string::npos);
  CHECK(said[5].empty());
  CHECK(said[7] == "answer");
  CHECK(forwarder.count->running == 1);
}

TEST_CASE("a session that waits for a pod that does not read can be ended") {
  Forwarder forwarder{{.idle = 1h, .stall = 1h}};
  const SilentPod silent{forwarder.time.context};
  forwarder.open(1, silent.port());
  bool has_sent{false};
  spdy::FrameWriter writer{};
  boost::asio::co_spawn(
      forwarder.time.context,
      send_pieces(*forwarder.client.stream, writer.bytes(spdy::Data{3, false, piece})),
      [&has_sent](const std::exception_ptr&, const Result<void>&) { has_sent = true; });
  const TimePoint until{forwarder.time.clock.now() + 500ms};
  forwarder.time.drive([&] { return forwarder.time.clock.now() >= until; });
  REQUIRE_FALSE(has_sent);  // it waits
  const auto session = forwarder.begun.lock();
  REQUIRE(session);
  session->close();
  forwarder.time.drive([&] { return has_sent; });
  while (!forwarder.client.read().empty()) continue;  // it has ended
}

TEST_CASE("a port that nobody listens on is told on the stream for errors") {
  Forwarder forwarder{};
  std::uint16_t free{0};
  {
    const RawServer nobody{forwarder.time.context, {}};
    free = nobody.port();
  }
  forwarder.open(1, free);
  const auto said = forwarder.read_line(1);
  CHECK(said.first.empty());
  CHECK(said.second.find("of pod shop/a: Unavailable") != std::string::npos);
}

TEST_CASE("odd streams are reset, and a client that resets its line hangs up") {
  Forwarder forwarder{};
  RawServer pod{forwarder.time.context, {{"", RawServer::Then::keeps_open}}};
  forwarder.client.send(spdy::SynStream{1, false, {{"streamType", "data"}, {"port", "0"}}});
  forwarder.client.send(spdy::SynStream{3, false, {{"streamType", "other"}, {"port", "80"}}});
  int resets{0};
  while (resets < 2) {
    for (const spdy::Frame& each : forwarder.client.next_frames()) {
      if (std::holds_alternative<spdy::RstStream>(each)) ++resets;
    }
  }
  forwarder.open(5, pod.port());
  forwarder.client.send(spdy::Data{7, false, "hello\r\n\r\n"});
  forwarder.time.drive([&] { return !pod.requests().empty(); });
  forwarder.client.send(spdy::RstStream{7, 5});
  CHECK(forwarder.read_line(5) == std::pair<std::string, std::string>{});
}

TEST_CASE("a session that nobody uses ends") {
  Forwarder forwarder{{.idle = 200ms}};
  forwarder.time.drive([&] { return forwarder.count->running == 0; });
  CHECK(forwarder.client.read().empty());
}

TEST_CASE("port-forward is agreed on over SPDY alone") {
  io::HttpRequest request{};
  CHECK(agree_on_forwarding(request).protocol.empty());
  request.headers.set("Upgrade", "websocket");
  CHECK(agree_on_forwarding(request).protocol.empty());
  request.headers.set("Upgrade", "SPDY/3.1");
  CHECK(agree_on_forwarding(request).protocol == "SPDY/3.1");
  request.headers.set("X-Stream-Protocol-Version", "v4.channel.k8s.io");
  CHECK(agree_on_forwarding(request).protocol.empty());
}

}  // namespace spillway::forward_session_test
