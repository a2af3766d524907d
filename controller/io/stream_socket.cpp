#include "controller/io/stream_socket.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "controller/io/stream.hpp"

namespace spillway::io {

namespace asio = boost::asio;

namespace {

asio::awaitable<Result<std::string>> ask(Endpoint endpoint, std::string text, std::size_t limit) {
  const auto stream = co_await connect_plain(std::move(endpoint));
  if (!stream) co_return stream.error();
  // A server may answer and close before it has read everything: its answer counts.
  const auto written = co_await (*stream)->write_all(text);
  std::string answer{};
  std::array<char, 16 * 1024> buffer{};
  for (;;) {
    const auto size = co_await (*stream)->read_some(buffer);
    if (!size) co_return written ? size.error() : written.error();
    if (*size == 0) break;
    if (answer.size() + *size > limit) {
      co_return Error{Errc::too_large, fmt::format("the answer exceeds {} bytes", limit)};
    }
    answer.append(buffer.data(), *size);
  }
  if (!written && answer.empty()) co_return written.error();
  co_return answer;
}

asio::awaitable<Result<void>> connect_and_close(Endpoint endpoint) {
  const auto stream = co_await connect_plain(std::move(endpoint));
  if (!stream) co_return stream.error();
  co_return Result<void>{};
}

}  // namespace

asio::awaitable<Result<std::string>> exchange(Endpoint endpoint, std::string text,
                                              std::size_t limit, Clock& clock, Deadline deadline) {
  const std::string what{to_string(endpoint)};
  auto asked = ask(std::move(endpoint), std::move(text), limit);
  auto answer = co_await with_deadline(std::move(asked), clock, deadline, "waiting");
  if (!answer) co_return with_context(what, answer.error());
  co_return answer;
}

asio::awaitable<Result<void>> try_connect(Endpoint endpoint, Clock& clock, Deadline deadline) {
  const std::string what{"connecting to " + to_string(endpoint)};
  auto connecting = connect_and_close(std::move(endpoint));
  co_return co_await with_deadline(std::move(connecting), clock, deadline, what);
}

}  // namespace spillway::io
