#include "controller/virtual_node/remote/forward_session.hpp"

#include <fmt/format.h>

#include <array>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <charconv>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "controller/io/gather.hpp"
#include "controller/io/log.hpp"
#include "controller/io/outbox.hpp"
#include "controller/virtual_node/remote/spdy_frames.hpp"

namespace spillway::virtual_node {

namespace asio = boost::asio;

namespace {

constexpr std::size_t lines_max{128};
/// Of one line, on its way to the pod: beyond it the client is not read.
constexpr std::size_t line_waiting_max{256 * 1024};
constexpr Duration connect_limit{std::chrono::seconds{10}};

/// One connection: its two SPDY streams and its socket.
struct Line {
  explicit Line(const asio::any_io_executor& executor)
      : woken{executor, asio::steady_timer::time_point::max()} {}

  spdy::StreamId error{0};
  spdy::StreamId data{0};
  std::uint16_t port{0};
  std::unique_ptr<io::ByteStream> socket{};
  std::string waiting{};     ///< for the pod
  std::string failure{};     ///< told on the stream for errors
  bool has_ended{false};     ///< the client sends no more
  bool is_over{false};       ///< both directions, or cut off
  asio::steady_timer woken;  ///< never expires: its cancellation is the signal
};

std::uint16_t forwarded_port(std::string_view text) {
  std::uint16_t port{0};
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), port);
  const bool is_whole{failure == std::errc{} && end == text.data() + text.size()};
  return is_whole ? port : std::uint16_t{0};
}

asio::awaitable<void> next_change(asio::steady_timer& timer) {
  boost::system::error_code woken{};
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, woken));
}

class ForwardSession final : public io::Upgrade,
                             public std::enable_shared_from_this<ForwardSession> {
 public:
  ForwardSession(io::Clock& clock, ForwardTarget target, ForwardLimits limits,
                 std::shared_ptr<RemoteCount> count)
      : clock_{clock}, target_{std::move(target)}, limits_{limits}, count_{std::move(count)} {
    ++count_->running;
  }
  ForwardSession(const ForwardSession&) = delete;
  ForwardSession& operator=(const ForwardSession&) = delete;
  ~ForwardSession() override { --count_->running; }

  asio::awaitable<void> run(io::ByteStream& stream, std::string early) override {
    if (is_closed_) co_return;
    executor_ = co_await asio::this_coro::executor;
    stream_ = &stream;
    outbox_ = std::make_shared<io::Outbox>(stream);
    changed_.emplace(executor_, asio::steady_timer::time_point::max());
    heard_at_ = clock_.now();
    // Also if we are cut off: nobody may use the stream any more.
    const auto forget = [this](io::ByteStream** held) { leave(held); };
    const std::unique_ptr<io::ByteStream*, decltype(forget)> holding{&stream_, forget};
    io::log_event(io::LogLevel::info, "PortForwardBegun", {{"pod", target_.who}});
    Result<void> heard = co_await take(std::move(early));
    while (heard && !is_closed_) heard = co_await hear();
    is_closed_ = true;
    for (const auto& line : lines_) cut(*line);
    stream.close();
    while (!lines_.empty()) co_await next_change(*changed_);
    io::log_event(io::LogLevel::info, "PortForwardEnded", {{"pod", target_.who}});
  }

  void close() override {
    is_closed_ = true;
    if (stream_ != nullptr) stream_->close();
    if (changed_) changed_->cancel();  // it may wait for a pod instead of for its client
  }

 private:
  using Lines = std::list<std::shared_ptr<Line>>;

  void leave(io::ByteStream** held) {
    *held = nullptr;
    for (const auto& line : lines_) cut(*line);
  }

  asio::awaitable<Result<void>> hear() {
    auto reading = stream_->read_some(buffer_);
    const io::Deadline until{heard_at_ + limits_.idle};
    const auto size = co_await io::with_deadline(std::move(reading), clock_, until, "reading");
    const bool is_late{!size && size.error().code == Errc::timeout};
    // What the pod says counts, too.
    if (is_late && clock_.now() < heard_at_ + limits_.idle) co_return Result<void>{};
    if (!size) co_return size.error();
    if (*size == 0) co_return Error{Errc::unavailable, "the client has left"};
    co_return co_await take(std::string{buffer_.data(), *size});
  }

  asio::awaitable<Result<void>> take(std::string bytes) {
    auto frames = reader_.feed(bytes);
    if (!frames) co_return frames.error();
    for (spdy::Frame& frame : *frames) {
      if (auto* const opened = std::get_if<spdy::SynStream>(&frame)) open(*opened);
      if (auto* const data = std::get_if<spdy::Data>(&frame)) co_await pass_on(std::move(*data));
      if (const auto* const reset = std::get_if<spdy::RstStream>(&frame)) {
        const auto line = line_of(reset->stream);
        if (line && line->data == reset->stream) cut(*line);
        std::erase_if(halves_, [&line](const auto& half) { return half.second == line; });
      }
      const auto* const ping = std::get_if<spdy::Ping>(&frame);
      if (ping != nullptr && ping->id % 2 == 1) out_ += writer_.bytes(*ping);
    }
    co_return co_await flush();
  }

  asio::awaitable<Result<void>> flush() {
    if (stream_ == nullptr) co_return Error{Errc::cancelled, "the connection has ended"};
    std::string bytes{std::exchange(out_, {})};
    auto sending = outbox_->send(std::move(bytes));
    co_return co_await io::with_deadline(std::move(sending), clock_,
                                         io::deadline_after(clock_, limits_.idle), "sending");
  }

  /// A line is two streams of the same request: for errors first, then for data.
  void open(const spdy::SynStream& opened) {
    const std::string kind{opened.headers.find("streamtype").value_or("")};
    const std::uint16_t port{forwarded_port(opened.headers.find("port").value_or(""))};
    std::string request{opened.headers.find("requestid").value_or("")};
    const bool is_data{kind == "data"};
    // Old clients number no requests: their data stream is the next after the one for errors.
    if (request.empty()) request = fmt::format("#{}", opened.stream - (is_data ? 2U : 0U));
    const bool is_next{opened.stream % 2 == 1 && opened.stream > last_stream_};
    const bool is_sound{port > 0 && (is_data || kind == "error")};
    const bool has_room{lines_.size() + halves_.size() < lines_max};
    if (!is_next || !is_sound || !has_room) {
      const std::uint32_t why{is_next ? spdy::refused_stream : spdy::protocol_error};
      out_ += writer_.bytes(spdy::RstStream{opened.stream, why});
      return;
    }
    last_stream_ = opened.stream;
    out_ += writer_.bytes(spdy::SynReply{opened.stream, false, {}});
    auto& line = halves_[request];
    if (!line) line = std::make_shared<Line>(executor_);
    line->port = port;
    (is_data ? line->data : line->error) = opened.stream;
    if (line->data == 0 || line->error == 0) return;
    const auto begun = lines_.insert(lines_.end(), std::move(line));
    halves_.erase(request);
    asio::co_spawn(executor_, serve(*begun), [self = shared_from_this(), begun](auto thrown) {
      self->lines_.erase(begun);
      self->changed_->cancel();
      if (thrown) self->note_broken(thrown);
    });
  }

  static void note_broken(const std::exception_ptr& thrown) {
    try {
      std::rethrow_exception(thrown);
    } catch (const std::exception& failure) {
      io::log_event(io::LogLevel::error, "PortForwardBroken", {{"error", failure.what()}});
    }
  }

  std::shared_ptr<Line> line_of(spdy::StreamId stream) const {
    for (const auto& line : lines_) {
      if (line->data == stream || line->error == stream) return line;
    }
    for (const auto& [request, line] : halves_) {
      if (line->data == stream || line->error == stream) return line;
    }
    return nullptr;
  }

  asio::awaitable<void> pass_on(spdy::Data data) {
    heard_at_ = clock_.now();
    const auto line = line_of(data.stream);
    // The client says nothing on the stream for errors but that it has nothing to say.
    if (!line || line->data != data.stream) co_return;
    if (line->waiting.size() > line_waiting_max) {
      auto waiting = until_room(line);
      const auto room = co_await io::with_deadline(
          std::move(waiting), clock_, io::deadline_after(clock_, limits_.stall), "waiting");
      if (!room) give_up(*line);
    }
    if (line->is_over) co_return;
    line->waiting += data.bytes;
    line->has_ended = line->has_ended || data.is_last;
    line->woken.cancel();
  }

  /// Or until nobody needs any.
  asio::awaitable<Result<void>> until_room(std::shared_ptr<Line> line) {
    while (line->waiting.size() > line_waiting_max && !line->is_over && !is_closed_) {
      co_await next_change(*changed_);
    }
    co_return Result<void>{};
  }

  void give_up(Line& line) {
    line.failure =
        fmt::format("port {} of pod {} does not read what it is sent", line.port, target_.who);
    cut(line);
  }

  void cut(Line& line) {
    line.is_over = true;
    if (line.socket) line.socket->close();
    line.woken.cancel();
    if (changed_) changed_->cancel();
  }

  asio::awaitable<void> serve(std::shared_ptr<Line> line) {
    io::Endpoint endpoint{.host = target_.address, .port = line->port};
    auto connecting = io::connect_plain(std::move(endpoint));
    auto connected = co_await io::with_deadline(
        std::move(connecting), clock_, io::deadline_after(clock_, connect_limit), "connecting");
    if (!connected) {
      line->failure = fmt::format("port {} of pod {}: {}", line->port, target_.who,
                                  to_string(connected.error()));
    } else if (!line->is_over) {
      line->socket = std::move(*connected);
      std::vector<asio::awaitable<void>> directions{};
      directions.push_back(to_pod(line));
      directions.push_back(from_pod(line));
      co_await io::gather(std::move(directions), 2);
    }
    out_ += writer_.bytes(spdy::Data{line->error, true, std::move(line->failure)});
    out_ += writer_.bytes(spdy::Data{line->data, true, {}});
    const Result<void> told = co_await flush();
    static_cast<void>(told);  // whoever reads from the client hears that it has gone
  }

  asio::awaitable<void> to_pod(std::shared_ptr<Line> line) {
    while (!line->is_over) {
      if (line->waiting.empty() && line->has_ended) {
        line->socket->end_output();
        co_return;
      }
      if (line->waiting.empty()) {
        co_await next_change(line->woken);
        continue;
      }
      const std::string bytes{std::exchange(line->waiting, {})};
      changed_->cancel();  // there is room again
      auto writing = line->socket->write_all(bytes);
      const Result<void> written = co_await io::with_deadline(
          std::move(writing), clock_, io::deadline_after(clock_, limits_.idle), "writing");
      const bool is_late{!written && written.error().code == Errc::timeout};
      if (is_late) give_up(*line);
      if (!written) cut(*line);
    }
  }

  asio::awaitable<void> from_pod(std::shared_ptr<Line> line) {
    std::vector<char> space(16 * 1024);
    while (!line->is_over) {
      const auto size = co_await line->socket->read_some(space);
      if (!size || *size == 0) break;
      heard_at_ = clock_.now();
      out_ += writer_.bytes(spdy::Data{line->data, false, std::string{space.data(), *size}});
      const Result<void> sent = co_await flush();
      if (!sent) break;
    }
    cut(*line);
  }

  io::Clock& clock_;
  ForwardTarget target_;
  ForwardLimits limits_;
  std::shared_ptr<RemoteCount> count_;
  asio::any_io_executor executor_{};
  io::ByteStream* stream_{nullptr};  ///< while `run` does
  std::shared_ptr<io::Outbox> outbox_{};
  spdy::FrameReader reader_{};
  spdy::FrameWriter writer_{};
  std::string out_{};
  Lines lines_{};
  std::map<std::string, std::shared_ptr<Line>> halves_{};  ///< of which one stream is there
  spdy::StreamId last_stream_{0};
  TimePoint heard_at_{};
  std::optional<asio::steady_timer> changed_{};  ///< never expires: its cancellation is the signal
  bool is_closed_{false};
  std::array<char, 16 * 1024> buffer_{};
};

}  // namespace

std::shared_ptr<io::Upgrade> make_forward_session(io::Clock& clock, ForwardTarget target,
                                                  ForwardLimits limits,
                                                  std::shared_ptr<RemoteCount> count) {
  return std::make_shared<ForwardSession>(clock, std::move(target), limits, std::move(count));
}

}  // namespace spillway::virtual_node
