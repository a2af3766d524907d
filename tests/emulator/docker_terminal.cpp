#include "tests/emulator/docker_terminal.hpp"

#include <fmt/format.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/write.hpp>

#include "tests/emulator/json_at.hpp"

namespace spillway::emulator {
namespace {

namespace json = boost::json;
using ErrorCode = boost::system::error_code;

/// The service takes a program without arguments; a blank separates what clients send all the same.
json::array words_of(const std::string& command) {
  json::array words;
  for (std::string_view left{command}; !left.empty();) {
    const std::string_view word{left.substr(0, left.find(' '))};
    left.remove_prefix(std::min(left.size(), word.size() + 1));
    if (!word.empty()) words.emplace_back(word);
  }
  return words;
}

}  // namespace

DockerTerminal::DockerTerminal(boost::asio::io_context& context, DockerEngine engine,
                               std::string container, ExecRequest request)
    : context_{context},
      engine_{std::move(engine)},
      container_{std::move(container)},
      request_{std::move(request)} {}

void DockerTerminal::refuse(const std::string& why) {
  peer_.output(fmt::format("no terminal: {}\r\n", why));
  if (const auto ended{peer_.ended}) ended();
}

void DockerTerminal::open(Peer peer) {
  peer_ = std::move(peer);
  const DockerAnswer made{engine_.call("POST", fmt::format("/containers/{}/exec", container_),
                                       {{"AttachStdin", true},
                                        {"AttachStdout", true},
                                        {"AttachStderr", true},
                                        {"Tty", true},
                                        {"Cmd", words_of(request_.command)}})};
  const json::value answer(made.json());
  if (!made.ok() || !answer.is_object()) {
    refuse(made.message());
    return;
  }
  const std::string id{text_at(answer.get_object(), "Id")};
  socket_ =
      engine_.open(context_, "POST", fmt::format("/exec/{}/start", id),
                   {{"Detach", false}, {"Tty", true}}, "Connection: Upgrade\r\nUpgrade: tcp\r\n");
  if (!socket_) {
    refuse("the Docker engine cannot be reached");
    return;
  }
  engine_.call("POST",
               fmt::format("/exec/{}/resize?h={}&w={}", id, request_.rows, request_.columns));
  read();
  write();
}

void DockerTerminal::read() {
  socket_->async_read_some(boost::asio::buffer(chunk_),
                           [self = shared_from_this()](const ErrorCode& error, std::size_t size) {
                             if (!self->peer_.output) return;
                             std::string bytes{self->chunk_.data(), size};
                             if (!self->past_header_) {
                               self->header_ += bytes;
                               const std::size_t end{self->header_.find("\r\n\r\n")};
                               self->past_header_ = end != std::string::npos;
                               bytes = self->past_header_ ? self->header_.substr(end + 4)
                                                          : std::string{};
                             }
                             if (!bytes.empty()) self->peer_.output(std::move(bytes));
                             if (!error) {
                               self->read();
                               return;
                             }
                             if (const auto ended{self->peer_.ended}) ended();
                           });
}

void DockerTerminal::input(std::string_view bytes) {
  constexpr std::size_t waiting_max{1024};
  if (waiting_.size() >= waiting_max) return;
  waiting_.emplace_back(bytes);
  write();
}

void DockerTerminal::write() {
  if (writing_ || waiting_.empty() || !socket_) return;
  writing_ = true;
  boost::asio::async_write(*socket_, boost::asio::buffer(waiting_.front()),
                           [self = shared_from_this()](const ErrorCode& error, std::size_t) {
                             self->writing_ = false;
                             self->waiting_.pop_front();
                             if (!error) self->write();
                           });
}

void DockerTerminal::hang_up() {
  peer_ = {};
  if (!socket_) return;
  ErrorCode ignored;
  socket_->close(ignored);
}

}  // namespace spillway::emulator
