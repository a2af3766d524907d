#include "controller/io/event_stream.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

namespace spillway::io {

namespace asio = boost::asio;

EventStream::EventStream(asio::io_context& context, std::size_t events_max)
    : news_{context, asio::steady_timer::time_point::max()}, events_max_{events_max} {}

bool EventStream::push(std::string_view event, std::string_view data) {
  if (!is_open_) return false;
  if (queue_.size() >= events_max_) {
    queue_.clear();
    close();
    return false;
  }
  queue_.push_back(server_sent_event(event, data));
  news_.cancel();
  return true;
}

void EventStream::close() {
  is_open_ = false;
  news_.cancel();
}

asio::awaitable<std::optional<std::string>> EventStream::next() {
  if (queue_.empty() && is_open_) {
    boost::system::error_code woken{};
    co_await news_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
  }
  if (queue_.empty() && !is_open_) co_return std::nullopt;
  std::string bytes{};
  for (const std::string& event : std::exchange(queue_, {})) bytes += event;
  co_return bytes;
}

std::string server_sent_event(std::string_view event, std::string_view data) {
  std::string bytes{};
  if (!event.empty()) bytes.append("event: ").append(event).append("\n");
  for (;;) {
    const std::size_t end{data.find('\n')};
    bytes.append("data: ").append(data.substr(0, end)).append("\n");
    if (end == std::string_view::npos) break;
    data.remove_prefix(end + 1);
  }
  return bytes += '\n';
}

}  // namespace spillway::io
