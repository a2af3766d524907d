#include "controller/virtual_node/remote/remote_session.hpp"

#include <fmt/format.h>

#include <array>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>
#include <optional>
#include <tuple>
#include <utility>

#include "controller/io/gather.hpp"
#include "controller/io/log.hpp"
#include "controller/io/outbox.hpp"
#include "controller/virtual_node/remote/typed_command.hpp"

namespace spillway::virtual_node {

namespace asio = boost::asio;

namespace {

/// Kubelets wait as long for a client's streams.
constexpr Duration streams_limit{std::chrono::seconds{30}};
/// A terminal gets its size when it is opened: clients tell it right after their streams.
constexpr Duration size_limit{std::chrono::milliseconds{500}};
constexpr Duration open_limit{std::chrono::seconds{30}};
/// From a shell's start to its first word.
constexpr Duration shell_limit{std::chrono::seconds{20}};
/// How long a client may take to leave after the last words.
constexpr Duration leave_limit{std::chrono::seconds{2}};
constexpr std::size_t said_bytes_max{1024 * 1024};
constexpr std::string_view shell{"/bin/sh"};
constexpr std::string_view typed_end{"\x04"};

class RemoteSession final : public io::Upgrade {
 public:
  RemoteSession(io::Clock& clock, Terminals& terminals, std::unique_ptr<RemoteWire> wire,
                RemoteCommand command, Duration idle, std::shared_ptr<RemoteCount> count)
      : clock_{clock},
        terminals_{terminals},
        wire_{std::move(wire)},
        command_{std::move(command)},
        idle_{idle},
        count_{std::move(count)} {
    ++count_->running;
    if (command_.is_typed()) {
      typed_.emplace(TypedCommand::Wanted{command_.command, command_.streams.has_input,
                                          command_.streams.has_terminal, command_.nonce});
    }
  }
  RemoteSession(const RemoteSession&) = delete;
  RemoteSession& operator=(const RemoteSession&) = delete;
  ~RemoteSession() override { --count_->running; }

  asio::awaitable<void> run(io::ByteStream& stream, std::string early) override {
    if (is_closed_) co_return;
    stream_ = &stream;
    outbox_.emplace(stream);
    woken_.emplace(co_await asio::this_coro::executor, asio::steady_timer::time_point::max());
    heard_at_ = clock_.now();
    io::log_event(io::LogLevel::info, "RemoteCommandBegun",
                  {{"container", command_.who}, {"program", program()}});
    const bool is_begun{co_await begin(std::move(early))};
    std::vector<asio::awaitable<void>> sides{};
    if (is_begun) sides.push_back(hear());
    if (is_begun) sides.push_back(speak());
    const std::size_t both{sides.size()};
    if (both > 0) co_await io::gather(std::move(sides), both);
    io::log_event(io::LogLevel::info, "RemoteCommandEnded",
                  {{"container", command_.who}, {"how", how_}});
    stream_ = nullptr;
  }

  void close() override {
    if (std::exchange(is_closed_, true)) return;
    if (terminal_) {
      terminal_->close();
    } else if (stream_ != nullptr) {
      stream_->close();
    }
    wake();
  }

 private:
  std::string program() const { return command_.command.empty() ? "" : command_.command.front(); }

  void wake() {
    if (woken_) woken_->cancel();
  }

  asio::awaitable<Result<void>> flush() {
    std::string bytes{wire_->take_bytes()};
    auto sending = outbox_->send(std::move(bytes));
    co_return co_await io::with_deadline(std::move(sending), clock_,
                                         io::deadline_after(clock_, idle_), "sending");
  }

  /// Takes what the client sends next. False: it has gone, or makes no sense.
  asio::awaitable<Result<void>> read_more() {
    const auto size = co_await stream_->read_some(buffer_);
    if (!size) co_return size.error();
    if (*size == 0) co_return Error{Errc::unavailable, "the client has left"};
    co_return take({buffer_.data(), *size});
  }

  Result<void> take(std::string_view bytes) {
    auto fed = wire_->feed(bytes);
    if (!fed) return fed;
    while (auto event = wire_->next_event()) {
      if (event->kind == RemoteEvent::Kind::resized) {
        size_ = std::pair{event->rows, event->columns};
      } else {
        said_bytes_ += event->bytes.size();
        said_.push_back(std::move(*event));
      }
    }
    // Only while nobody takes it: before the terminal is there.
    if (said_bytes_ <= said_bytes_max) return {};
    return Error{Errc::too_large, "more input than anybody takes"};
  }

  /// False if it is over before it began; the client has heard why then.
  asio::awaitable<bool> begin(std::string early) {
    const io::Deadline streams{io::deadline_after(clock_, streams_limit)};
    Result<void> heard{early.empty() ? Result<void>{} : take(early)};
    if (heard) heard = co_await flush();
    while (heard && !wire_->is_open()) {
      auto reading = read_more();
      heard = co_await io::with_deadline(std::move(reading), clock_, streams, "opening streams");
      if (heard) heard = co_await flush();
    }
    const io::Deadline size{io::deadline_after(clock_, size_limit)};
    while (heard && command_.streams.has_terminal && !size_ && clock_.now() < size.at) {
      auto reading = read_more();
      const auto more = co_await io::with_deadline(std::move(reading), clock_, size, "a size");
      if (!more && more.error().code != Errc::timeout) heard = more;
    }
    if (!heard) {
      how_ = to_string(heard.error());
      co_return false;
    }
    co_return co_await open();
  }

  asio::awaitable<bool> open() {
    std::string line{};
    if (typed_) {
      auto first = typed_->first_line();
      if (!first) {
        co_await refuse(first.error());
        co_return false;
      }
      line = std::move(*first);
    }
    TerminalRequest request{};
    request.container = command_.container;
    request.program = typed_ ? std::string{shell} : program();
    if (size_) std::tie(request.rows, request.columns) = *size_;
    GroupId group{command_.group};
    auto opened = co_await terminals_.open(std::move(group), std::move(request),
                                           io::deadline_after(clock_, open_limit));
    if (!opened) {
      co_await refuse(opened.error());
      co_return false;
    }
    terminal_ = std::move(*opened);
    if (is_closed_) terminal_->close();
    if (line.empty()) co_return true;
    const Result<void> typed = co_await terminal_->write(std::move(line));
    if (typed) co_return true;
    co_await refuse(typed.error());
    co_return false;
  }

  asio::awaitable<void> refuse(Error why) {
    RemoteEnd end{};
    end.failure = "error executing command in container: " + to_string(why);
    how_ = end.failure;
    wire_->finish(end);
    const Result<void> told = co_await flush();
    if (told) co_await see_off();
  }

  /// From the client to the terminal, until the client has left.
  asio::awaitable<void> hear() {
    Result<void> heard{};
    while (heard) {
      while (heard && !said_.empty()) {
        RemoteEvent event{std::move(said_.front())};
        said_.pop_front();
        said_bytes_ -= event.bytes.size();
        heard = co_await pass_on(std::move(event));
      }
      if (heard) heard = co_await flush();
      if (heard) heard = co_await read_more();
    }
    has_left_ = true;
    terminal_->close();
    wake();
  }

  asio::awaitable<Result<void>> pass_on(RemoteEvent event) {
    using Kind = RemoteEvent::Kind;
    if (event.kind == Kind::gone) co_return Error{Errc::unavailable, "the client has left"};
    heard_at_ = clock_.now();
    // What is typed before the shell has read its line would be taken for a part of it.
    while (typed_ && !typed_->has_begun() && !is_over_) {
      boost::system::error_code woken{};
      co_await woken_->async_wait(asio::redirect_error(asio::use_awaitable, woken));
    }
    const bool is_in_vain{is_over_ || command_.command.empty()};
    if (is_in_vain) co_return Result<void>{};
    std::string typed{std::move(event.bytes)};
    const bool has_ended{event.kind == Kind::input_ended};
    if (typed_) {
      typed = has_ended ? typed_->type_end() : typed_->type(typed);
    } else if (has_ended) {
      typed = typed_end;
    }
    const Result<void> written = co_await terminal_->write(std::move(typed));
    static_cast<void>(written);  // whoever reads from the terminal hears of its end
    co_return Result<void>{};
  }

  /// From the terminal to the client, until the command has ended; then its last words.
  asio::awaitable<void> speak() {
    const TimePoint shell_until{clock_.now() + shell_limit};
    std::string failure{};
    while (true) {
      const bool waits_for_shell{typed_ && !typed_->has_begun()};
      const io::Deadline deadline{waits_for_shell ? shell_until : heard_at_ + idle_};
      auto reading = terminal_->read();
      const auto read = co_await io::with_deadline(std::move(reading), clock_, deadline, "reading");
      const bool is_late{!read && read.error().code == Errc::timeout};
      if (is_late && !waits_for_shell && clock_.now() < heard_at_ + idle_) continue;
      if (is_late && !waits_for_shell) failure = "nothing was said for too long";
      if (!read && !is_late) failure = to_string(read.error());
      if (!read || !*read) break;
      heard_at_ = clock_.now();
      wire_->write(typed_ ? typed_->output(**read) : **read);
      if (typed_ && typed_->has_begun()) wake();
      const Result<void> sent = co_await flush();
      if (!sent || (typed_ && typed_->has_ended())) break;
    }
    is_over_ = true;
    terminal_->close();
    wake();
    if (has_left_) {
      how_ = "the client has left";
      co_return;
    }
    RemoteEnd end{end_of(std::move(failure))};
    how_ = status_text(end, false);
    wire_->finish(end);
    const Result<void> told = co_await flush();
    if (told) co_await see_off();
    stream_->close();
  }

  RemoteEnd end_of(std::string failure) const {
    RemoteEnd end{};
    if (is_closed_) {
      end.failure = "spillway, which is this node's agent, is being stopped";
    } else if (typed_ && typed_->has_ended()) {
      end.exit_code = typed_->exit_code();
    } else if (typed_ && !typed_->has_begun()) {
      end.failure = fmt::format(
          "container groups start one program without arguments, and {} of this container, which "
          "would run the rest, does not answer ({}); a single program runs by `kubectl exec -it`",
          shell, failure.empty() ? typed_->before() : failure);
    } else if (typed_ && failure.empty()) {
      end.failure = "the terminal ended before the command said how it went";
    } else {
      end.failure = std::move(failure);
    }
    return end;
  }

  /// A client that has heard the last words closes by itself, and `hear` notices.
  asio::awaitable<void> see_off() {
    auto leaving = until_left();
    const auto left = co_await io::with_deadline(std::move(leaving), clock_,
                                                 io::deadline_after(clock_, leave_limit), "");
    static_cast<void>(left);  // cut off otherwise
  }

  asio::awaitable<Result<void>> until_left() {
    // Before both sides run nobody else reads.
    while (!terminal_) {
      const Result<void> heard = co_await read_more();
      if (!heard) co_return heard;
    }
    while (!has_left_) {
      boost::system::error_code woken{};
      co_await woken_->async_wait(asio::redirect_error(asio::use_awaitable, woken));
    }
    co_return Result<void>{};
  }

  io::Clock& clock_;
  Terminals& terminals_;
  std::unique_ptr<RemoteWire> wire_;
  RemoteCommand command_;
  Duration idle_;
  std::shared_ptr<RemoteCount> count_;
  std::optional<TypedCommand> typed_{};
  io::ByteStream* stream_{nullptr};  ///< while `run` does
  std::optional<io::Outbox> outbox_{};
  std::optional<asio::steady_timer> woken_{};  ///< never expires: its cancellation is the signal
  std::unique_ptr<Terminal> terminal_{};
  std::deque<RemoteEvent> said_{};
  std::size_t said_bytes_{0};
  std::optional<std::pair<int, int>> size_{};  ///< rows, columns
  TimePoint heard_at_{};
  std::string how_{};
  bool is_closed_{false};
  bool is_over_{false};   ///< the command
  bool has_left_{false};  ///< the client
  std::array<char, 16 * 1024> buffer_{};
};

}  // namespace

std::shared_ptr<io::Upgrade> make_remote_session(io::Clock& clock, Terminals& terminals,
                                                 std::unique_ptr<RemoteWire> wire,
                                                 RemoteCommand command, Duration idle,
                                                 std::shared_ptr<RemoteCount> count) {
  return std::make_shared<RemoteSession>(clock, terminals, std::move(wire), std::move(command),
                                         idle, std::move(count));
}

}  // namespace spillway::virtual_node
