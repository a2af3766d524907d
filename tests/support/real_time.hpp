// Real time on one io_context, driven from the test: for what lies behind real sockets or in real
// programs. Every wait has a limit; what can be tested in virtual time is (manual_clock.hpp).
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <exception>
#include <functional>
#include <optional>
#include <utility>

#include "controller/core/error.hpp"
#include "controller/io/clock.hpp"
#include "controller/io/deadline.hpp"

namespace spillway::testing {

/// Real time on one io_context, driven from the test.
class RealTime {
 public:
  RealTime() : clock{context} {}

  io::Deadline soon() const { return io::deadline_after(clock, std::chrono::seconds{10}); }

  template <class T>
  T run(boost::asio::awaitable<T> operation) {
    std::optional<T> answer{};
    std::exception_ptr thrown{};
    boost::asio::co_spawn(context, std::move(operation), [&](std::exception_ptr failure, T value) {
      thrown = failure;
      answer.emplace(std::move(value));
    });
    drive([&] { return answer.has_value(); });
    if (thrown) std::rethrow_exception(thrown);
    return std::move(*answer);
  }

  /// Handles events until `is_done()`; aborts the test after 30 s.
  void drive(const std::function<bool()>& is_done) {
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds{30};
    while (!is_done()) {
      SPILLWAY_ASSERT(std::chrono::steady_clock::now() < limit);
      context.restart();
      context.run_one_for(std::chrono::milliseconds{20});
    }
  }

  boost::asio::io_context context{};
  io::RealClock clock;
};

}  // namespace spillway::testing
