#include "controller/io/framed_exchange.hpp"

#include <fmt/format.h>

#include <array>
#include <cstddef>
#include <utility>

#include "controller/io/stream.hpp"

namespace spillway::io {

namespace asio = boost::asio;

namespace {

constexpr std::size_t message_max{65535};
constexpr std::size_t header{2};

std::size_t length_in(std::string_view bytes) {
  return static_cast<std::size_t>(static_cast<unsigned char>(bytes[0])) * 256 +
         static_cast<unsigned char>(bytes[1]);
}

asio::awaitable<Result<std::string>> ask(Endpoint endpoint, std::string message) {
  if (message.size() > message_max) {
    co_return Error{Errc::too_large, fmt::format("the message exceeds {} bytes", message_max)};
  }
  std::string framed{static_cast<char>(message.size() / 256),
                     static_cast<char>(message.size() % 256)};
  framed += message;
  const auto stream = co_await connect_plain(std::move(endpoint));
  if (!stream) co_return stream.error();
  const auto written = co_await (*stream)->write_all(framed);
  if (!written) co_return written.error();
  std::string answer{};
  std::array<char, 16 * 1024> buffer{};
  while (answer.size() < header || answer.size() < header + length_in(answer)) {
    const auto size = co_await (*stream)->read_some(buffer);
    if (!size) co_return size.error();
    if (*size == 0) co_return Error{Errc::unavailable, "closed before the answer was complete"};
    answer.append(buffer.data(), *size);
  }
  co_return answer.substr(header, length_in(answer));
}

}  // namespace

asio::awaitable<Result<std::string>> exchange_framed(Endpoint endpoint, std::string message,
                                                     Clock& clock, Deadline deadline) {
  const std::string what{to_string(endpoint)};
  auto asked = ask(std::move(endpoint), std::move(message));
  auto answer = co_await with_deadline(std::move(asked), clock, deadline, "waiting");
  if (!answer) co_return with_context(what, answer.error());
  co_return answer;
}

}  // namespace spillway::io
