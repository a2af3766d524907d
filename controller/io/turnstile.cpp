#include "controller/io/turnstile.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace spillway::io {

namespace asio = boost::asio;

/// One who waits. A turn that was granted and not taken is passed on.
struct Turnstile::Waiter {
  explicit Waiter(Turnstile& owner)
      : turnstile{owner}, turn{owner.context_, asio::steady_timer::time_point::max()} {
    turnstile.waiting_.push_back(this);
  }
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;
  ~Waiter() {
    if (is_granted) {
      turnstile.leave();
    } else {
      turnstile.waiting_.remove(this);
    }
  }

  Turnstile& turnstile;
  asio::steady_timer turn;  // never expires: its cancellation is the signal
  bool is_granted{false};
};

asio::awaitable<Result<Turnstile::Pass>> Turnstile::enter(Clock& clock, Deadline deadline) {
  auto waiting = wait();
  co_return co_await with_deadline(std::move(waiting), clock, deadline, "waiting for its turn");
}

asio::awaitable<Result<Turnstile::Pass>> Turnstile::wait() {
  if (is_taken_) {
    Waiter waiter{*this};
    boost::system::error_code woken{};
    co_await waiter.turn.async_wait(asio::redirect_error(asio::use_awaitable, woken));
    if (!waiter.is_granted) co_return Error{Errc::cancelled, "waiting for its turn"};
    waiter.is_granted = false;  // from here on the pass holds it, and nobody finds the waiter
  }
  is_taken_ = true;
  co_return Pass{*this};
}

void Turnstile::leave() {
  if (waiting_.empty()) {
    is_taken_ = false;
    return;
  }
  // It stays taken: the turn passes to the one who has waited longest.
  Waiter& next{*waiting_.front()};
  waiting_.pop_front();
  next.is_granted = true;
  next.turn.cancel();
}

}  // namespace spillway::io
