#include "tests/emulator/docker_engine.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <cstdlib>
#include <stdexcept>

namespace spillway::emulator {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using ErrorCode = boost::system::error_code;

constexpr std::string_view api{"/v1.41"};
constexpr std::string_view usual_path{"/var/run/docker.sock"};

std::string request_text(std::string_view method, const std::string& target,
                         const json::value& body, std::string_view more_headers) {
  const std::string content{body.is_null() ? std::string{} : json::serialize(body)};
  // An upgrade is a matter of HTTP/1.1.
  return fmt::format(
      "{} {}{} HTTP/1.{}\r\nHost: docker\r\nContent-Type: application/json\r\nContent-Length: "
      "{}\r\n{}\r\n{}",
      method, api, target, more_headers.empty() ? 0 : 1, content.size(), more_headers, content);
}

}  // namespace

json::value DockerAnswer::json() const {
  ErrorCode error;
  json::value parsed(json::parse(body, error));
  return error ? json::value(nullptr) : parsed;
}

std::string DockerAnswer::message() const {
  const json::value words(json());
  if (const json::object * fields{words.if_object()}; fields && fields->contains("message")) {
    if (const json::string * text{fields->at("message").if_string()}) return std::string{*text};
  }
  return status == 0 ? "the Docker engine cannot be reached" : fmt::format("status {}", status);
}

DockerEngine::DockerEngine(const std::string& host) {
  const char* const from_environment{std::getenv("DOCKER_HOST")};
  const std::string chosen{!host.empty()                 ? host
                           : from_environment != nullptr ? std::string{from_environment}
                                                         : fmt::format("unix://{}", usual_path)};
  constexpr std::string_view scheme{"unix://"};
  if (!chosen.starts_with(scheme)) {
    throw std::runtime_error{
        fmt::format("docker host '{}': only unix:///path/of.sock is understood", chosen)};
  }
  path_ = chosen.substr(scheme.size());
}

DockerAnswer DockerEngine::call(std::string_view method, const std::string& target,
                                const json::value& body) const {
  asio::io_context context;
  Socket socket{context};
  ErrorCode error;
  socket.connect(asio::local::stream_protocol::endpoint{path_}, error);
  if (error) return {};
  const timeval limit{.tv_sec = 30, .tv_usec = 0};
  setsockopt(socket.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  asio::write(socket, asio::buffer(request_text(method, target, body, {})), error);
  std::string text;
  std::array<char, 16384> chunk{};
  while (!error) {
    // Plain recv: Asio would wait for a blocking socket again after the limit.
    const ssize_t size{recv(socket.native_handle(), chunk.data(), chunk.size(), 0)};
    if (size <= 0) break;
    text.append(chunk.data(), static_cast<std::size_t>(size));
  }
  DockerAnswer answer;
  const std::size_t end{text.find("\r\n\r\n")};
  if (end == std::string::npos || text.size() < 12) return answer;
  std::from_chars(text.data() + 9, text.data() + 12, answer.status);
  answer.body = text.substr(end + 4);
  return answer;
}

std::unique_ptr<DockerEngine::Socket> DockerEngine::open(asio::io_context& context,
                                                         std::string_view method,
                                                         const std::string& target,
                                                         const json::value& body,
                                                         std::string_view more_headers) const {
  auto socket{std::make_unique<Socket>(context)};
  ErrorCode error;
  socket->connect(asio::local::stream_protocol::endpoint{path_}, error);
  if (!error) {
    asio::write(*socket, asio::buffer(request_text(method, target, body, more_headers)), error);
  }
  return error ? nullptr : std::move(socket);
}

std::string take_frames(std::string& bytes) {
  constexpr std::size_t header{8};
  std::string content;
  std::size_t at{0};
  while (bytes.size() - at >= header) {
    std::size_t size{0};
    for (std::size_t i{4}; i < header; ++i) {
      size = size << 8U | static_cast<unsigned char>(bytes[at + i]);
    }
    if (bytes.size() - at - header < size) break;
    content.append(bytes, at + header, size);
    at += header + size;
  }
  bytes.erase(0, at);
  return content;
}

}  // namespace spillway::emulator
