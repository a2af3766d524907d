#include "controller/io/resolve.hpp"

#include <fmt/format.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>

namespace spillway::io {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

/// Kept alive by its own completion handler, so that the one who asked may leave early.
struct Lookup {
  explicit Lookup(const asio::any_io_executor& executor)
      : resolver{executor}, finished{executor, asio::steady_timer::time_point::max()} {}

  tcp::resolver resolver;
  asio::steady_timer finished;  // never expires: its cancellation is the signal
  bool is_finished{false};
  boost::system::error_code failure{};
  std::vector<asio::ip::address> addresses{};
};

void start(const std::shared_ptr<Lookup>& lookup, const std::string& host) {
  lookup->resolver.async_resolve(
      host, "", [lookup](boost::system::error_code failure, tcp::resolver::results_type found) {
        for (const auto& entry : found) lookup->addresses.push_back(entry.endpoint().address());
        lookup->failure = failure;
        lookup->is_finished = true;
        lookup->finished.cancel();
      });
}

}  // namespace

asio::awaitable<Result<std::vector<asio::ip::address>>> resolve(std::string host) {
  boost::system::error_code no_literal{};
  const asio::ip::address literal{asio::ip::make_address(host, no_literal)};
  if (!no_literal) co_return std::vector{literal};

  const auto lookup = std::make_shared<Lookup>(co_await asio::this_coro::executor);
  start(lookup, host);
  boost::system::error_code woken{};
  co_await lookup->finished.async_wait(asio::redirect_error(asio::use_awaitable, woken));
  if (!lookup->is_finished) co_return Error{Errc::cancelled, "looking up " + host};
  if (lookup->failure || lookup->addresses.empty()) {
    co_return Error{Errc::unavailable, fmt::format("no address for the name '{}': {}", host,
                                                   lookup->failure.message())};
  }
  co_return std::move(lookup->addresses);
}

}  // namespace spillway::io
