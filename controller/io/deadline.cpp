#include "controller/io/deadline.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/system/system_error.hpp>
#include <exception>

namespace spillway::io::detail {

namespace asio = boost::asio;

namespace {

asio::awaitable<void> never_throwing(asio::awaitable<void> operation, std::exception_ptr& thrown) {
  try {
    co_await std::move(operation);
  } catch (const boost::system::system_error& failure) {
    // Asio throws this at the next co_await of a coroutine that was cancelled: our own doing.
    if (failure.code() != asio::error::operation_aborted) thrown = std::current_exception();
  } catch (...) {
    thrown = std::current_exception();
  }
}

asio::awaitable<void> sleep(Clock& clock, TimePoint at, bool& has_passed) {
  const Result<void> slept = co_await clock.sleep_until(at);
  has_passed = slept.has_value();
}

}  // namespace

asio::awaitable<Ended> run_until(asio::awaitable<void> operation, Clock& clock, Deadline deadline) {
  using namespace asio::experimental::awaitable_operators;
  if (clock.now() >= deadline.at) co_return Ended::timed_out;

  std::exception_ptr thrown{};
  bool has_passed{false};
  auto guarded = never_throwing(std::move(operation), thrown);
  auto timer = sleep(clock, deadline.at, has_passed);
  const auto first = co_await (std::move(guarded) || std::move(timer));
  if (thrown) std::rethrow_exception(thrown);
  if (has_passed) co_return Ended::timed_out;
  co_return first.index() == 0 ? Ended::finished : Ended::cancelled;
}

}  // namespace spillway::io::detail
