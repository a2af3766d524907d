#include "controller/kubernetes/watcher.hpp"

#include <algorithm>
#include <utility>

#include "controller/io/line_splitter.hpp"
#include "controller/io/log.hpp"
#include "controller/io/retry.hpp"

namespace spillway::kubernetes {

namespace asio = boost::asio;

namespace {

/// The longest line of a watch: an object is at most 1.5 MiB in etcd, in JSON somewhat more.
constexpr std::size_t line_bytes_max{std::size_t{8} << 20U};
/// For one page of a list.
constexpr Duration list_timeout{std::chrono::seconds{30}};
/// A watch without a word for its whole length plus this has lost its connection.
constexpr Duration watch_margin{std::chrono::seconds{10}};
/// client-go's pauses between attempts: 800 ms to 30 s, doubling.
constexpr io::BackoffPolicy pauses{.initial = std::chrono::milliseconds{800},
                                   .max = std::chrono::seconds{30}};
/// Watches that end at once are not opened in a tight loop.
constexpr Duration shortest_round{std::chrono::seconds{1}};

}  // namespace

Watcher::Watcher(std::string what, ApiServer& server, io::Clock& clock, io::Random& random,
                 WatchState state, OnChange on_change)
    : what_{std::move(what)},
      server_{server},
      clock_{clock},
      random_{random},
      state_{std::move(state)},
      on_change_{std::move(on_change)} {}

void Watcher::heard() {
  heard_at_ = clock_.now();
  if (failures_ > 1) {
    io::log_event(io::LogLevel::info, "WatchRecovered",
                  {{"server", server_.where()}, {"what", what_}, {"failures", failures_}});
  }
  failures_ = 0;
  failing_since_.reset();
  trouble_.reset();
}

/// One failure alone is how a restarted server or a balancer's idle limit looks: no news yet.
void Watcher::failed(const Error& error) {
  trouble_ = error;
  if (!failing_since_) failing_since_ = clock_.now();
  if (++failures_ == 2) {
    io::log_event(io::LogLevel::warning, "WatchFailed",
                  {{"server", server_.where()}, {"what", what_}, {"error", error}});
  }
}

Result<void> Watcher::check_fresh(TimePoint now, Duration age) const {
  const bool is_late{failing_since_ && now - *failing_since_ > age};
  const bool is_silent{heard_at_ && now - *heard_at_ > watch_length + watch_margin + age};
  if (state_.is_synced() && !is_late && !is_silent) return {};
  if (trouble_) return with_context(what_, *trouble_);
  return Error{Errc::unavailable, what_ + (heard_at_ ? ": no news" : ": not listed yet")};
}

asio::awaitable<Result<void>> Watcher::list_page(io::Deadline deadline) {
  ApiRequest request{};
  request.target = state_.target();
  const auto answer = co_await server_.send(std::move(request), deadline);
  if (!answer) co_return answer.error();
  if (answer->status != 200) {
    state_.take_refusal(answer->status);
    co_return error_of_answer("listing " + what_, *answer);
  }
  const Result<void> taken = state_.take_page(answer->body);
  if (!taken) co_return with_context("listing " + what_, taken.error());
  heard();
  if (state_.next() == WatchState::Step::watch && on_change_) on_change_();
  co_return Result<void>{};
}

asio::awaitable<Result<void>> Watcher::list(io::Deadline deadline) {
  state_.take_refusal(410);  // from the beginning, wherever it was
  while (state_.next() == WatchState::Step::list) {
    const Result<void> listed = co_await list_page(deadline);
    if (!listed) {
      failed(listed.error());
      co_return listed;
    }
  }
  co_return Result<void>{};
}

asio::awaitable<Result<void>> Watcher::watch() {
  io::LineSplitter lines{line_bytes_max};
  Result<void> taken{};
  const auto take_line = [&](std::string_view line) {
    if (!taken || line.empty() || state_.next() == WatchState::Step::list) return;
    taken = state_.take_event(line);
  };
  io::BodySink sink{[&](std::string_view piece) {
    const Result<void> split = lines.feed(piece, take_line);
    if (!split) taken = split.error();
    if (taken) heard();
    if (on_change_) on_change_();
    return taken.has_value() && state_.next() == WatchState::Step::watch;
  }};
  ApiRequest request{};
  request.target = state_.target();
  const Duration silence{watch_length + watch_margin};
  const io::Deadline deadline{io::deadline_after(clock_, 2 * silence)};
  const auto answer =
      co_await server_.stream(std::move(request), std::move(sink), silence, deadline);
  if (!taken) co_return with_context("watching " + what_, taken.error());
  if (!answer) co_return answer.error();
  if (answer->status != 200) {
    state_.take_refusal(answer->status);
    // Too old a version is no trouble: the next step is a list.
    if (answer->status == 410) co_return Result<void>{};
    co_return error_of_answer("watching " + what_, *answer);
  }
  heard();
  co_return Result<void>{};
}

asio::awaitable<void> Watcher::run() {
  SPILLWAY_ASSERT(!is_running_);
  struct Running {
    bool& flag;
    ~Running() { flag = false; }
  };
  is_running_ = true;
  const Running running{is_running_};
  while (true) {
    const TimePoint began{clock_.now()};
    const bool lists{state_.next() == WatchState::Step::list};
    Result<void> done{};
    if (lists) {
      done = co_await list_page(io::deadline_after(clock_, list_timeout));
    } else {
      done = co_await watch();
    }
    if (!done && done.error().code == Errc::cancelled) co_return;
    TimePoint next{clock_.now()};
    if (!done) {
      failed(done.error());
      const Duration pause{io::backoff_delay(pauses, failures_, random_.unit())};
      next += std::max(pause, done.error().retry_after.value_or(Duration::zero()));
    } else if (!lists) {
      next = std::max(next, began + shortest_round);
    }
    const Result<void> slept = co_await clock_.sleep_until(next);
    if (!slept) co_return;
  }
}

}  // namespace spillway::kubernetes
