// The streams over WebSocket, as kubectl since 1.31 and the official client libraries speak it: the
// first byte of each message is the number of its stream. Since the fifth version a client can end
// its input, by 255 and the number.
#include <fmt/format.h>

#include <deque>
#include <utility>

#include "controller/io/web_socket_frames.hpp"
#include "controller/virtual_node/remote/remote_wire.hpp"

namespace spillway::virtual_node {

namespace {

constexpr char input_channel{0};
constexpr char output_channel{1};
constexpr char status_channel{3};
constexpr char resize_channel{4};
constexpr char end_channel{static_cast<char>(0xFF)};
constexpr std::size_t channel_message_max{1024 * 1024};
/// What one message carries at most when we write it.
constexpr std::size_t channel_piece_max{32 * 1024};
constexpr std::uint16_t normal_end{1000};

class ChannelWire final : public RemoteWire {
 public:
  // Kubelets begin with an empty message, which says no more than the answer 101 did: kubectl
  // complains where it comes sooner than it listens.
  ChannelWire(RemoteStreams streams, int version) : streams_{streams}, version_{version} {}

  Result<void> feed(std::string_view bytes) override {
    auto messages = reader_.feed(bytes);
    if (!messages) return messages.error();
    for (io::WebSocketMessage& each : *messages) take(std::move(each));
    if (waiting_bytes_ > channel_message_max) {
      return Error{Errc::too_large, "more input than anybody takes"};
    }
    return {};
  }

  bool is_open() const override { return true; }

  std::optional<RemoteEvent> next_event() override {
    if (events_.empty()) return std::nullopt;
    RemoteEvent event{std::move(events_.front())};
    events_.pop_front();
    waiting_bytes_ -= event.bytes.size();
    return event;
  }

  void write(std::string_view bytes) override {
    if (!streams_.has_output) return;
    while (!bytes.empty()) {
      const std::string_view piece{bytes.substr(0, channel_piece_max)};
      say(output_channel, piece);
      bytes.remove_prefix(piece.size());
    }
  }

  void finish(const RemoteEnd& end) override {
    const std::string status{status_text(end, version_ >= 4)};
    if (!status.empty()) say(status_channel, status);
    out_ += io::web_socket_frame(io::web_socket_close(normal_end));
  }

  std::string take_bytes() override { return std::exchange(out_, {}); }

 private:
  void take(io::WebSocketMessage message) {
    using Kind = io::WebSocketMessage::Kind;
    if (message.kind == Kind::ping) {
      message.kind = Kind::pong;
      out_ += io::web_socket_frame(message);
    } else if (message.kind == Kind::close) {
      events_.push_back({RemoteEvent::Kind::gone});
    } else if (message.kind != Kind::pong && !message.bytes.empty()) {
      hear(message.bytes.front(), message.bytes.substr(1));
    }
  }

  void hear(char channel, std::string bytes) {
    if (channel == input_channel && streams_.has_input && !has_input_ended_) {
      waiting_bytes_ += bytes.size();
      if (!bytes.empty()) events_.push_back({RemoteEvent::Kind::input, std::move(bytes)});
    } else if (channel == resize_channel && streams_.has_terminal) {
      auto size = parse_size(bytes);
      if (size) events_.push_back(std::move(*size));
    } else if (channel == end_channel && version_ >= 5) {
      const bool is_input{bytes.size() == 1 && bytes.front() == input_channel};
      if (!is_input || std::exchange(has_input_ended_, true)) return;
      events_.push_back({RemoteEvent::Kind::input_ended});
    }
  }

  void say(char channel, std::string_view bytes) {
    std::string message{channel};
    message += bytes;
    out_ += io::web_socket_frame({io::WebSocketMessage::Kind::binary, std::move(message)});
  }

  RemoteStreams streams_;
  int version_;
  io::WebSocketReader reader_{io::WebSocketEnd::server, channel_message_max};
  std::deque<RemoteEvent> events_{};
  std::size_t waiting_bytes_{0};
  std::string out_{};
  bool has_input_ended_{false};
};

}  // namespace

std::unique_ptr<RemoteWire> make_channel_wire(RemoteStreams streams, int version) {
  return std::make_unique<ChannelWire>(streams, version);
}

}  // namespace spillway::virtual_node
