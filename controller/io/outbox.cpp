#include "controller/io/outbox.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

namespace spillway::io {

namespace asio = boost::asio;

namespace {

/// Also when the writer is cancelled in the middle.
struct WhileWriting {
  bool& is_writing;
  asio::steady_timer& sent;
  WhileWriting(bool& flag, asio::steady_timer& timer) : is_writing{flag}, sent{timer} {
    is_writing = true;
  }
  WhileWriting(const WhileWriting&) = delete;
  WhileWriting& operator=(const WhileWriting&) = delete;
  ~WhileWriting() {
    is_writing = false;
    sent.cancel();
  }
};

}  // namespace

asio::awaitable<Result<void>> Outbox::send(std::string bytes) {
  waiting_ += bytes;
  while (is_writing_ && waiting_.size() > much) {
    boost::system::error_code woken{};
    co_await sent_->async_wait(asio::redirect_error(asio::use_awaitable, woken));
  }
  if (is_writing_ || !broken_) co_return broken_;
  if (!sent_) {
    sent_.emplace(co_await asio::this_coro::executor, asio::steady_timer::time_point::max());
  }
  const WhileWriting writing{is_writing_, *sent_};
  while (!waiting_.empty()) {
    const std::string now{std::exchange(waiting_, {})};
    sent_->cancel();
    const Result<void> written = co_await stream_.write_all(now);
    if (!written) broken_ = written;
    if (!written) co_return broken_;
  }
  co_return broken_;
}

}  // namespace spillway::io
