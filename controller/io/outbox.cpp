#include "controller/io/outbox.hpp"

#include <utility>

namespace spillway::io {

namespace {

/// Also when the writer is cancelled in the middle.
struct WhileWriting {
  bool& is_writing;
  explicit WhileWriting(bool& flag) : is_writing{flag} { is_writing = true; }
  ~WhileWriting() { is_writing = false; }
};

}  // namespace

boost::asio::awaitable<Result<void>> Outbox::send(std::string bytes) {
  waiting_ += bytes;
  if (is_writing_ || !broken_) co_return broken_;
  const WhileWriting writing{is_writing_};
  while (!waiting_.empty()) {
    const std::string now{std::exchange(waiting_, {})};
    const Result<void> written = co_await stream_.write_all(now);
    if (!written) broken_ = written;
    if (!written) co_return broken_;
  }
  co_return broken_;
}

}  // namespace spillway::io
