#include "controller/provider/aci/token_source.hpp"

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <list>
#include <utility>

namespace spillway::aci {

namespace asio = boost::asio;

namespace {

constexpr Duration early{std::chrono::minutes{5}};
constexpr Duration long_life{std::chrono::hours{2}};
constexpr Duration pause_after_failure{std::chrono::seconds{30}};
/// Without a valid token everything waits, so the first tries come sooner, each twice as late.
constexpr Duration first_pause_without_token{std::chrono::seconds{1}};
constexpr int doublings_max{5};
/// What a refresh may take while the old token would still do: a slow login server must not eat
/// the time of the request that noticed.
constexpr Duration patience{std::chrono::seconds{10}};

}  // namespace

TimePoint refresh_at(const AccessToken& token) {
  const Duration life{token.expires_at - token.fetched_at};
  if (life > long_life) return token.fetched_at + life / 2;
  return token.expires_at - std::min(early, life / 4);
}

/// Timers that never expire: cancelling one wakes its coroutine.
struct TokenSource::Waiters {
  std::list<asio::steady_timer> timers{};
};

class TokenSource::Refresh {
 public:
  explicit Refresh(TokenSource& source) : source_{source} { source_.is_refreshing_ = true; }
  Refresh(const Refresh&) = delete;
  Refresh& operator=(const Refresh&) = delete;
  ~Refresh() {
    source_.is_refreshing_ = false;
    for (asio::steady_timer& timer : source_.waiters_->timers) timer.cancel();
  }

 private:
  TokenSource& source_;
};

TokenSource::TokenSource(io::Clock& clock, Credential& credential)
    : clock_{clock},
      // Not ours: the caller's, as it stands in the header.
      credential_{std::shared_ptr<Credential>{}, &credential},
      waiters_{std::make_shared<Waiters>()} {}

TokenSource::~TokenSource() = default;

void TokenSource::use(std::shared_ptr<Credential> credential) {
  credential_ = std::move(credential);
  failures_ = 0;
  try_again_at_ = TimePoint{};
}

bool TokenSource::is_valid(TimePoint now) const {
  return current_ && now < current_->expires_at;
}

Duration TokenSource::pause(TimePoint now) const {
  return is_valid(now) ? Duration::zero() : std::max(Duration::zero(), try_again_at_ - now);
}

/// What the last try said, with the time left until the next one.
Error TokenSource::held_back(TimePoint now) const {
  Error error{last_failure_.value_or(Error{Errc::unavailable, "no token"})};
  if (try_again_at_ > now) error.retry_after = try_again_at_ - now;
  return error;
}

asio::awaitable<Result<io::Secret>> TokenSource::token(io::Deadline deadline) {
  return io::with_deadline(token_or_wait(deadline), clock_, deadline, "getting a token");
}

asio::awaitable<Result<io::Secret>> TokenSource::token_or_wait(io::Deadline deadline) {
  for (;;) {
    const TimePoint now{clock_.now()};
    const bool would_do{is_valid(now)};
    const bool is_due{!would_do || (now >= refresh_at(*current_) && now >= try_again_at_)};
    if (!is_due || (would_do && is_refreshing_)) co_return current_->text;
    if (is_refreshing_) {
      co_await wait_for_refresh();
      continue;
    }
    if (now < try_again_at_) co_return held_back(now);
    const io::Deadline limit{would_do ? io::earlier(deadline, {now + patience}) : deadline};
    const Result<void> refreshed = co_await refresh(limit);
    const TimePoint then{clock_.now()};
    if (!refreshed && !is_valid(then)) co_return held_back(then);
  }
}

asio::awaitable<Result<void>> TokenSource::refresh(io::Deadline deadline) {
  const Refresh under_way{*this};
  const std::shared_ptr<Credential> credential{credential_};  // `use` may come while this waits
  Result<AccessToken> fetched =
      co_await io::with_deadline(credential->fetch(deadline), clock_, deadline, "getting a token");
  if (!fetched) {
    const TimePoint now{clock_.now()};
    last_failure_ = fetched.error();
    // A caller whose time ran out says nothing about the login: the next one in line takes over.
    const Errc kind{fetched.error().code};
    const bool gave_up{kind == Errc::cancelled || (kind == Errc::timeout && now >= deadline.at)};
    if (gave_up && !is_valid(now)) co_return std::move(fetched).error();
    const Duration growing{first_pause_without_token * (1 << std::min(failures_++, doublings_max))};
    const Duration own{is_valid(now) ? pause_after_failure
                                     : std::min<Duration>(growing, pause_after_failure)};
    try_again_at_ = now + std::max(own, fetched.error().retry_after.value_or(Duration::zero()));
    co_return std::move(fetched).error();
  }
  current_ = std::move(*fetched);
  last_failure_.reset();
  failures_ = 0;
  try_again_at_ = TimePoint{};
  co_return Result<void>{};
}

asio::awaitable<void> TokenSource::wait_for_refresh() {
  // Held here too: the list must outlive a coroutine that is destroyed after the source.
  const std::shared_ptr<Waiters> waiters{waiters_};
  const auto executor = co_await asio::this_coro::executor;
  const auto mine = waiters->timers.emplace(waiters->timers.end(), executor,
                                            asio::steady_timer::time_point::max());
  struct Leave {
    Waiters& waiters;
    std::list<asio::steady_timer>::iterator mine;
    ~Leave() { waiters.timers.erase(mine); }
  };
  const Leave leave{*waiters, mine};
  boost::system::error_code woken{};
  co_await mine->async_wait(asio::redirect_error(asio::use_awaitable, woken));
}

void TokenSource::drop(const io::Secret& refused) {
  if (!current_ || !(current_->text == refused)) return;
  current_.reset();
  try_again_at_ = TimePoint{};
}

}  // namespace spillway::aci
