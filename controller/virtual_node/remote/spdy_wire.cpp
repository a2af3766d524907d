// The streams over SPDY/3.1, as kubectl before 1.29 and every API server speak it: the client opens
// one SPDY stream for each, with its name in the header field `streamtype`.
#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <map>
#include <utility>

#include "controller/virtual_node/remote/remote_wire.hpp"
#include "controller/virtual_node/remote/spdy_frames.hpp"

namespace spillway::virtual_node {

namespace {

/// What a client may say before its command runs, or while nobody listens.
constexpr std::size_t waiting_bytes_max{1024 * 1024};
constexpr std::size_t size_text_max{256};

class SpdyWire final : public RemoteWire {
 public:
  SpdyWire(RemoteStreams streams, int version) : version_{version} {
    wanted_.emplace_back("error");
    if (streams.has_input) wanted_.emplace_back("stdin");
    if (streams.has_output) wanted_.emplace_back("stdout");
    if (streams.has_error) wanted_.emplace_back("stderr");
    if (streams.has_terminal && version >= 3) wanted_.emplace_back("resize");
  }

  Result<void> feed(std::string_view bytes) override {
    const auto frames = reader_.feed(bytes);
    if (!frames) return frames.error();
    for (const spdy::Frame& each : *frames) take(each);
    if (waiting_bytes_ > waiting_bytes_max) {
      return Error{Errc::too_large, "more input than anybody takes"};
    }
    return {};
  }

  bool is_open() const override { return opened_.size() == wanted_.size(); }

  std::optional<RemoteEvent> next_event() override {
    if (events_.empty()) return std::nullopt;
    RemoteEvent event{std::move(events_.front())};
    events_.pop_front();
    waiting_bytes_ -= event.bytes.size();
    return event;
  }

  void write(std::string_view bytes) override { say("stdout", bytes, false); }

  void finish(const RemoteEnd& end) override {
    say("stdout", {}, true);
    say("stderr", {}, true);
    // Read to its end by the client, which then knows how it went.
    say("error", status_text(end, version_ >= 4), true);
    out_ += writer_.bytes(spdy::GoAway{last_stream_, 0});
  }

  std::string take_bytes() override { return std::exchange(out_, {}); }

 private:
  void take(const spdy::Frame& frame) {
    if (const auto* const opened = std::get_if<spdy::SynStream>(&frame)) return open(*opened);
    if (const auto* const data = std::get_if<spdy::Data>(&frame)) return hear(*data);
    if (const auto* const ping = std::get_if<spdy::Ping>(&frame)) {
      // Those with an even id would be answers to ours, and we send none.
      if (ping->id % 2 == 1) out_ += writer_.bytes(*ping);
    }
    if (const auto* const reset = std::get_if<spdy::RstStream>(&frame)) {
      const auto found = names_.find(reset->stream);
      const bool is_input{found != names_.end() && found->second == "stdin"};
      if (is_input) end_input();
    }
  }

  void open(const spdy::SynStream& opened) {
    const std::string name{opened.headers.find("streamtype").value_or("")};
    const bool is_next{opened.stream % 2 == 1 && opened.stream > last_stream_};
    const bool is_wanted{std::ranges::find(wanted_, name) != wanted_.end() &&
                         !opened_.contains(name)};
    if (!is_next || !is_wanted) {
      const std::uint32_t why{is_next ? spdy::refused_stream : spdy::protocol_error};
      out_ += writer_.bytes(spdy::RstStream{opened.stream, why});
      return;
    }
    last_stream_ = opened.stream;
    opened_.emplace(name, opened.stream);
    names_.emplace(opened.stream, name);
    out_ += writer_.bytes(spdy::SynReply{opened.stream, false, {}});
    if (opened.is_last && name == "stdin") end_input();
  }

  void hear(const spdy::Data& data) {
    const auto found = names_.find(data.stream);
    if (found == names_.end()) return;
    if (found->second == "resize") return resize(data.bytes);
    if (found->second != "stdin" || has_input_ended_) return;
    if (!data.bytes.empty()) {
      waiting_bytes_ += data.bytes.size();
      events_.push_back({RemoteEvent::Kind::input, data.bytes});
    }
    if (data.is_last) end_input();
  }

  void end_input() {
    if (std::exchange(has_input_ended_, true)) return;
    events_.push_back({RemoteEvent::Kind::input_ended});
  }

  /// Sizes come one after the other, in pieces of any length.
  void resize(std::string_view bytes) {
    sizes_ += bytes;
    for (auto end{sizes_.find('}')}; end != std::string::npos; end = sizes_.find('}')) {
      auto event = parse_size(std::string_view{sizes_}.substr(0, end + 1));
      if (event) events_.push_back(std::move(*event));
      sizes_.erase(0, end + 1);
    }
    if (sizes_.size() > size_text_max) sizes_.clear();
  }

  void say(const std::string& name, std::string_view bytes, bool is_last) {
    const auto found = opened_.find(name);
    const bool is_said{found != opened_.end() && (is_last || !bytes.empty())};
    if (is_said) out_ += writer_.bytes(spdy::Data{found->second, is_last, std::string{bytes}});
  }

  int version_;
  std::vector<std::string> wanted_{};
  std::map<std::string, spdy::StreamId> opened_{};
  std::map<spdy::StreamId, std::string> names_{};
  spdy::StreamId last_stream_{0};
  spdy::FrameReader reader_{};
  spdy::FrameWriter writer_{};
  std::deque<RemoteEvent> events_{};
  std::size_t waiting_bytes_{0};
  std::string sizes_{};
  std::string out_{};
  bool has_input_ended_{false};
};

}  // namespace

std::unique_ptr<RemoteWire> make_spdy_wire(RemoteStreams streams, int version) {
  return std::make_unique<SpdyWire>(streams, version);
}

}  // namespace spillway::virtual_node
