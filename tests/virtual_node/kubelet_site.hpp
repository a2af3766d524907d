// A node's kubelet port with a real server before it, and a client that speaks SPDY as kubectl
// does.
#pragma once

#include <array>
#include <map>
#include <string>
#include <vector>

#include "controller/io/stream.hpp"
#include "controller/io/upgrade.hpp"
#include "controller/virtual_node/remote/spdy_frames.hpp"
#include "tests/virtual_node/node_rig.hpp"

namespace spillway::node_rig {

namespace spdy = spillway::virtual_node::spdy;

inline boost::asio::awaitable<Result<std::string>> read_from(io::ByteStream& stream) {
  std::array<char, 4096> buffer{};
  const auto size = co_await stream.read_some(buffer);
  if (!size) co_return size.error();
  co_return std::string{buffer.data(), *size};
}

/// A client that asks for a connection and speaks SPDY on it, as kubectl does through the API
/// server.
class SpdyCaller {
 public:
  SpdyCaller(RealTime& time, std::uint16_t port) : time_{time}, port_{port} {}

  /// Sends the head of a request; what comes back up to the end of the answer's head, or all of a
  /// refusal.
  std::string ask(const std::string& target, std::string_view more = exec_fields) {
    auto connected = time_.run(io::connect_plain({.host = "127.0.0.1", .port = port_}));
    REQUIRE(connected);
    stream = std::move(*connected);
    writer_ = std::make_unique<spdy::FrameWriter>();
    reader_ = std::make_unique<spdy::FrameReader>();
    const std::string head{fmt::format("POST {} HTTP/1.1\r\nHost: n\r\n{}\r\n", target, more)};
    REQUIRE(time_.run(stream->write_all(head)));
    std::string answer{};
    while (answer.find("\r\n\r\n") == std::string::npos) answer += read();
    const std::size_t end{answer.find("\r\n\r\n") + 4};
    early_ = answer.substr(end);
    return answer.substr(0, end) + (answer.starts_with("HTTP/1.1 101") ? "" : early_);
  }
  /// Empty at the end, in order or not.
  std::string read() {
    auto bytes = time_.run(read_from(*stream));
    return bytes ? std::move(*bytes) : std::string{};
  }

  void send(const spdy::Frame& frame) {
    const std::string bytes{writer_->bytes(frame)};
    REQUIRE(time_.run(stream->write_all(bytes)));
  }
  /// The streams of a command, in this order.
  void open(const std::vector<std::string>& names) {
    spdy::StreamId id{1};
    for (const std::string& name : names) {
      send(spdy::SynStream{id, false, {{"streamType", name}}});
      ids[name] = id;
      id += 2;
    }
  }
  /// What the server sends next.
  std::vector<spdy::Frame> next_frames() {
    const std::string bytes{early_.empty() ? read() : std::exchange(early_, {})};
    auto frames = reader_->feed(bytes);
    REQUIRE(frames);
    return bytes.empty() ? std::vector<spdy::Frame>{spdy::GoAway{}} : std::move(*frames);
  }
  /// Reads until the server goes away; returns what came on each stream.
  std::map<std::string, std::string> read_to_end() {
    std::map<std::string, std::string> said{};
    bool has_ended{false};
    while (!has_ended) {
      for (const spdy::Frame& each : next_frames()) {
        if (std::holds_alternative<spdy::GoAway>(each)) has_ended = true;
        const auto* const data = std::get_if<spdy::Data>(&each);
        if (data == nullptr) continue;
        for (const auto& [name, id] : ids) {
          if (id == data->stream) said[name] += data->bytes;
        }
      }
    }
    return said;
  }

  static constexpr std::string_view exec_fields{
      "Connection: Upgrade\r\nUpgrade: SPDY/3.1\r\n"
      "X-Stream-Protocol-Version: v4.channel.k8s.io\r\nContent-Length: 0\r\n"};

  std::unique_ptr<io::ByteStream> stream{};
  std::map<std::string, spdy::StreamId> ids{};

 private:
  RealTime& time_;
  std::uint16_t port_;
  std::string early_{};
  std::unique_ptr<spdy::FrameWriter> writer_{};
  std::unique_ptr<spdy::FrameReader> reader_{};
};

class KubeletSite {
 public:
  KubeletSite() {
    rig.stub.put("pods", pod("a", "burst"));
    rig.wait_for("a", ready);
  }
  KubeletSite(const KubeletSite&) = delete;
  KubeletSite& operator=(const KubeletSite&) = delete;
  /// What terminals wait with belongs to the rig's context.
  ~KubeletSite() { terminals.opened.clear(); }

  std::string ask(const std::string& target, std::string_view more = SpdyCaller::exec_fields) {
    return client.ask(target, more);
  }

  FakeTerminals terminals{};
  Rig rig{300ms, &terminals};
  std::unique_ptr<io::HttpServer> server{start_server()};
  SpdyCaller client{rig.time, server->port()};

 private:
  std::unique_ptr<io::HttpServer> start_server() {
    io::HttpHandler handler{
        [this](io::HttpRequest request) { return rig.node->answer_kubelet(std::move(request)); }};
    auto started = io::start_http_server(rig.time.context, rig.time.clock, {}, std::move(handler));
    REQUIRE(started);
    return std::move(*started);
  }
};

}  // namespace spillway::node_rig
