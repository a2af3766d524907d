#include "tests/emulator/http_text.hpp"

#include <fmt/format.h>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/websocket/rfc6455.hpp>

#include "tests/emulator/arm_error.hpp"
#include "tests/emulator/text.hpp"

namespace spillway::emulator {

namespace http = boost::beast::http;
using ErrorCode = boost::system::error_code;

namespace {

Response refusal_of(const ErrorCode& error) {
  if (error == http::error::body_limit) {
    return to_response({.status = 413,
                        .code = "RequestEntityTooLarge",
                        .message = "The request body is larger than the service takes."});
  }
  if (error == http::error::header_limit) {
    return to_response({.status = 431,
                        .code = "RequestHeaderFieldsTooLarge",
                        .message = "The request header is larger than the service takes."});
  }
  return to_response(
      bad_request("BadRequest", fmt::format("This is not HTTP: {}.", error.message())));
}

}  // namespace

struct RequestReader::State {
  State(std::size_t header_bytes_max, std::size_t body_bytes_max)
      : header_max{static_cast<std::uint32_t>(header_bytes_max)}, body_max{body_bytes_max} {}

  /// Parses what it can of `pending` and removes it from there.
  void advance() {
    ErrorCode error;
    while (!pending.empty() && !parser->is_done() && !error) {
      const std::size_t used{parser->put(boost::asio::buffer(pending), error)};
      pending.erase(0, used);
    }
    // "need more" is not a failure: the rest has not arrived yet.
    if (error && error != http::error::need_more) refusal = refusal_of(error);
  }

  std::uint32_t header_max;
  std::size_t body_max;
  std::optional<http::request_parser<http::string_body>> parser{};
  std::string pending{};
  std::optional<Response> refusal{};
  bool told_to_go_on{false};
};

RequestReader::RequestReader(const EmulatorOptions& options)
    : state_{std::make_unique<State>(options.header_bytes_max, options.body_bytes_max)} {
  next();
}

RequestReader::~RequestReader() = default;

void RequestReader::next() {
  state_->parser.emplace();
  state_->parser->header_limit(state_->header_max);
  state_->parser->body_limit(state_->body_max);
  state_->refusal.reset();
  state_->told_to_go_on = false;
  state_->advance();
}

void RequestReader::take(std::string_view bytes) {
  state_->pending += bytes;
  state_->advance();
}

bool RequestReader::is_done() const {
  return state_->refusal || state_->parser->is_done();
}

bool RequestReader::wants_go_on() {
  if (is_done() || !state_->parser->is_header_done() || state_->told_to_go_on) return false;
  state_->told_to_go_on = true;
  return equal_text(state_->parser->get()[http::field::expect], "100-continue");
}

const std::optional<Response>& RequestReader::refusal() const {
  return state_->refusal;
}

Request RequestReader::request() const {
  const auto& message{state_->parser->get()};
  Request request{.method = std::string{message.method_string()},
                  .target = std::string{message.target()},
                  .base_url = {},
                  .headers = {},
                  .body = message.body()};
  for (const auto& field : message) {
    request.headers.emplace_back(field.name_string(), field.value());
  }
  return request;
}

bool RequestReader::keeps_alive() const {
  return state_->parser->get().keep_alive();
}

unsigned RequestReader::version() const {
  return state_->parser->get().version();
}

bool RequestReader::is_upgrade() const {
  return boost::beast::websocket::is_upgrade(state_->parser->get());
}

std::string RequestReader::upgrade_text() const {
  const auto& message{state_->parser->get()};
  std::string text{fmt::format("GET {} HTTP/1.1\r\n", std::string_view{message.target()})};
  for (const auto field : {http::field::host, http::field::connection, http::field::upgrade,
                           http::field::sec_websocket_key, http::field::sec_websocket_version}) {
    text += fmt::format("{}: {}\r\n", std::string_view{http::to_string(field)},
                        std::string_view{message[field]});
  }
  return text + "\r\n" + state_->pending;
}

std::string answer_text(const Response& response, unsigned version, bool keep_alive) {
  const auto reason{http::obsolete_reason(http::int_to_status(response.status))};
  std::string text{fmt::format("HTTP/1.{} {} {}\r\n", version % 10, response.status,
                               std::string_view{reason.data(), reason.size()})};
  for (const auto& [name, value] : response.headers) text += name + ": " + value + "\r\n";
  text += "Server: aci-emulator\r\n";
  if (!keep_alive && version >= 11) text += "Connection: close\r\n";
  if (keep_alive && version < 11) text += "Connection: keep-alive\r\n";
  if (response.status == 204 || response.status == 304) return text + "\r\n";
  return text + fmt::format("Content-Length: {}\r\n\r\n", response.body.size()) + response.body;
}

}  // namespace spillway::emulator
