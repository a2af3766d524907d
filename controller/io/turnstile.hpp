// One after another, in the order of arrival: for what must not overlap although the coroutines
// that do it do. One thread: the one that runs the io_context.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <list>
#include <utility>

#include "controller/core/error.hpp"
#include "controller/io/clock.hpp"
#include "controller/io/deadline.hpp"

namespace spillway::io {

class Turnstile {
 public:
  /// Whoever holds it is alone; the next one enters when it is destroyed.
  class Pass {
   public:
    explicit Pass(Turnstile& turnstile) : turnstile_{&turnstile} {}
    Pass(Pass&& other) noexcept : turnstile_{std::exchange(other.turnstile_, nullptr)} {}
    Pass& operator=(Pass&&) = delete;
    ~Pass() {
      if (turnstile_ != nullptr) turnstile_->leave();
    }

   private:
    Turnstile* turnstile_;
  };

  /// `context` must outlive the turnstile, which must outlive its passes.
  explicit Turnstile(boost::asio::io_context& context) : context_{context} {}
  Turnstile(const Turnstile&) = delete;
  Turnstile& operator=(const Turnstile&) = delete;

  /// Errors: `timeout` if others are inside until `deadline`, `cancelled`.
  boost::asio::awaitable<Result<Pass>> enter(Clock& clock, Deadline deadline);

 private:
  struct Waiter;

  boost::asio::awaitable<Result<Pass>> wait();
  void leave();

  boost::asio::io_context& context_;
  bool is_taken_{false};
  std::list<Waiter*> waiting_{};
};

}  // namespace spillway::io
