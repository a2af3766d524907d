#include "controller/io/http_wire.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <utility>

namespace spillway::io {

namespace http = boost::beast::http;

namespace {

Error wire_error(const boost::system::error_code& failure, const WireLimits& limits) {
  if (failure == http::error::header_limit) {
    return {Errc::too_large, fmt::format("the header exceeds {} bytes", limits.header)};
  }
  if (failure == http::error::body_limit) {
    return {Errc::too_large, fmt::format("the body exceeds {} bytes", limits.body.value_or(0))};
  }
  return {Errc::malformed, fmt::format("not HTTP/1.1: {}", failure.message())};
}

template <class Parser>
void set_limits(Parser& parser, const WireLimits& limits) {
  parser.eager(true);
  parser.header_limit(static_cast<std::uint32_t>(limits.header));
  if (limits.body) {
    parser.body_limit(*limits.body);
  } else {
    parser.body_limit(boost::none);
  }
}

/// Parses what it can of `pending` and removes it from there.
template <class Parser>
boost::system::error_code advance(Parser& parser, std::string& pending) {
  boost::system::error_code failure{};
  while (!pending.empty() && !parser.is_done() && !failure) {
    const std::size_t used{parser.put(boost::asio::buffer(pending), failure)};
    pending.erase(0, used);
  }
  // "need more" is not a failure: the rest has not arrived yet.
  return failure == http::error::need_more ? boost::system::error_code{} : failure;
}

template <class Fields>
Headers headers_of(const Fields& fields) {
  Headers headers{};
  for (const auto& field : fields) {
    headers.add(std::string{field.name_string()}, std::string{field.value()});
  }
  return headers;
}

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view{"!#$%&'*+-.^_`|~"}.find(c) != std::string_view::npos;
  });
}

bool is_field_value(std::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return (c >= 0 && c < ' ' && c != '\t') || c == 0x7f; });
}

/// Appends all fields but those whose meaning is ours to state.
Result<void> append_fields(const Headers& headers, std::string& bytes) {
  const Headers ours{{"Content-Length", ""}, {"Transfer-Encoding", ""}, {"Connection", ""}};
  for (const auto& [name, value] : headers) {
    if (ours.find(name)) continue;
    if (!is_token(name) || !is_field_value(value)) {
      return Error{Errc::bad_request,
                   fmt::format("header field '{}' has illegal characters", excerpt(name, 60))};
    }
    bytes += fmt::format("{}: {}\r\n", name, value);
  }
  return {};
}

std::string host_field(const Url& url) {
  if (url.scheme == "unix") return "localhost";
  const bool is_usual_port{url.port == (url.scheme == "https" ? 443 : 80)};
  const bool is_ipv6{url.host.find(':') != std::string::npos};
  const std::string host{is_ipv6 ? "[" + url.host + "]" : url.host};
  return is_usual_port ? host : fmt::format("{}:{}", host, url.port);
}

}  // namespace

// --- responses --------------------------------------------------------------------------------

struct ResponseReader::State {
  using Parser = http::response_parser<http::string_body>;

  State(WireLimits wanted, bool head) : limits{wanted}, is_head{head} { begin(); }

  void begin() {
    parser.emplace();
    set_limits(*parser, limits);
    parser->skip(is_head);
  }

  WireLimits limits;
  bool is_head;
  bool takes_upgrade{false};
  std::optional<Parser> parser{};
  std::string pending{};
  bool has_begun{false};
  int interim_count{0};
};

ResponseReader::ResponseReader(WireLimits limits, bool is_head)
    : state_{std::make_unique<State>(limits, is_head)} {}

ResponseReader::~ResponseReader() = default;

void ResponseReader::expect_upgrade() {
  state_->takes_upgrade = true;
}

Result<void> ResponseReader::feed(std::string_view bytes) {
  // A server that sends interim answers without end would keep us busy without a body limit.
  constexpr int interim_max{16};
  State& s{*state_};
  s.has_begun = s.has_begun || !bytes.empty();
  s.pending += bytes;
  for (;;) {
    const auto failure = advance(*s.parser, s.pending);
    if (failure) return wire_error(failure, s.limits);
    const unsigned status{s.parser->is_header_done() ? s.parser->get().result_int() : 200};
    if (status < 100 || status > 599) {
      return Error{Errc::malformed, fmt::format("{} is no HTTP status", status)};
    }
    const bool is_interim{s.parser->is_done() && s.parser->get().result_int() / 100 == 1};
    if (!is_interim) return {};
    const bool is_switching{s.parser->get().result_int() == 101};
    if (is_switching && s.takes_upgrade) return {};
    if (is_switching) {
      return Error{Errc::malformed, "the server switches protocols, unasked"};
    }
    if (++s.interim_count > interim_max) {
      return Error{Errc::malformed, "the server sends interim answers without end"};
    }
    s.begin();
  }
}

Result<void> ResponseReader::feed_end() {
  State& s{*state_};
  if (!s.has_begun) return Error{Errc::unavailable, "closed without an answer"};
  boost::system::error_code failure{};
  if (s.parser->is_header_done()) s.parser->put_eof(failure);
  if (!s.parser->is_header_done() || failure) {
    return Error{Errc::unavailable, "closed in mid-answer"};
  }
  return {};
}

bool ResponseReader::has_begun() const {
  return state_->has_begun;
}

bool ResponseReader::has_header() const {
  return state_->parser->is_header_done();
}

bool ResponseReader::is_complete() const {
  return state_->parser->is_done();
}

bool ResponseReader::is_reusable() const {
  // Bytes beyond the message belong to no request of ours: that connection is out of step.
  return is_complete() && state_->parser->keep_alive() && state_->pending.empty();
}

HttpResponse ResponseReader::head() const {
  const auto& message = state_->parser->get();
  return {.status = static_cast<int>(message.result_int()),
          .headers = headers_of(message.base()),
          .body = {}};
}

std::string ResponseReader::take_body() {
  return std::exchange(state_->parser->get().body(), {});
}

std::string ResponseReader::take_rest() {
  return std::exchange(state_->pending, {});
}

// --- requests ---------------------------------------------------------------------------------

struct RequestReader::State {
  using Parser = http::request_parser<http::string_body>;

  explicit State(WireLimits wanted) : limits{wanted} { begin(); }

  void begin() {
    parser.emplace();
    set_limits(*parser, limits);
    is_continue_answered = false;
  }

  WireLimits limits;
  std::optional<Parser> parser{};
  std::string pending{};
  bool is_continue_answered{false};
  bool is_header_too_large{false};
  bool wants_keep_alive{false};
  bool is_http_1_0{false};
  std::string rest{};  ///< after an upgrade request, before anybody took it for HTTP
};

RequestReader::RequestReader(WireLimits limits) : state_{std::make_unique<State>(limits)} {}

RequestReader::~RequestReader() = default;

Result<void> RequestReader::feed(std::string_view bytes) {
  State& s{*state_};
  s.pending += bytes;
  const auto failure = advance(*s.parser, s.pending);
  if (!failure) return {};
  s.is_header_too_large = failure == http::error::header_limit;
  return wire_error(failure, s.limits);
}

bool RequestReader::has_begun() const {
  return state_->parser->got_some() || !state_->pending.empty();
}

bool RequestReader::has_header() const {
  return state_->parser->is_header_done();
}

bool RequestReader::is_complete() const {
  return state_->parser->is_done();
}

bool RequestReader::is_header_too_large() const {
  return state_->is_header_too_large;
}

bool RequestReader::takes_continue() {
  State& s{*state_};
  if (!has_header() || is_complete() || s.is_continue_answered) return false;
  s.is_continue_answered = true;
  const auto& message = s.parser->get();
  return message.version() >= 11 &&
         boost::beast::iequals(message[http::field::expect], "100-continue");
}

HttpRequest RequestReader::take() {
  State& s{*state_};
  SPILLWAY_ASSERT(is_complete());
  s.wants_keep_alive = s.parser->keep_alive();
  auto message = s.parser->release();
  s.is_http_1_0 = message.version() < 11;
  if (message.find(http::field::upgrade) != message.end()) s.rest = s.pending;
  HttpRequest request{};
  request.method = std::string{message.method_string()};
  request.url.target = std::string{message.target()};
  request.headers = headers_of(message.base());
  request.body = std::move(message.body());
  s.begin();
  const auto fed = feed({});
  if (!fed) s.wants_keep_alive = false;  // the next one is garbage: answer this one and close
  return request;
}

std::string RequestReader::take_rest() {
  return std::exchange(state_->rest, {});
}

bool RequestReader::wants_keep_alive() const {
  return state_->wants_keep_alive;
}

bool RequestReader::is_http_1_0() const {
  return state_->is_http_1_0;
}

// --- to bytes ---------------------------------------------------------------------------------

Result<std::string> request_bytes(const HttpRequest& request, std::string_view user_agent) {
  const std::string& target{request.url.target};
  const bool is_target{target.starts_with('/') && is_field_value(target) &&
                       target.find_first_of(" \t#") == std::string::npos};
  if (!is_token(request.method) || !is_target || !is_field_value(request.url.host)) {
    return Error{Errc::bad_request, "the method, the host or the target has illegal characters"};
  }
  std::string bytes{fmt::format("{} {} HTTP/1.1\r\n", request.method, target)};
  if (!request.headers.find("Host")) bytes += fmt::format("Host: {}\r\n", host_field(request.url));
  if (!request.headers.find("User-Agent")) bytes += fmt::format("User-Agent: {}\r\n", user_agent);
  const auto appended = append_fields(request.headers, bytes);
  if (!appended) return appended.error();
  const auto connection = request.headers.find("Connection");
  if (connection == "close") bytes += "Connection: close\r\n";
  if (connection == "Upgrade") bytes += "Connection: Upgrade\r\n";
  // RFC 9110: a method that expects content states its length even when there is none.
  const bool expects_content{request.method == "POST" || request.method == "PUT" ||
                             request.method == "PATCH"};
  if (!request.body.empty() || expects_content) {
    bytes += fmt::format("Content-Length: {}\r\n", request.body.size());
  }
  return bytes += "\r\n" + request.body;
}

Result<std::string> upgrade_bytes(const Headers& headers, std::string_view protocol) {
  std::string bytes{"HTTP/1.1 101 Switching Protocols\r\n"};
  const auto appended = append_fields(headers, bytes);
  if (!appended) return appended.error();
  return bytes += fmt::format("Connection: Upgrade\r\nUpgrade: {}\r\n\r\n", protocol);
}

Result<std::string> response_bytes(const HttpResponse& response, BodyForm form, bool keep_alive) {
  std::string bytes{
      fmt::format("HTTP/1.1 {} {}\r\n", response.status, reason_phrase(response.status))};
  const auto appended = append_fields(response.headers, bytes);
  if (!appended) return appended.error();
  if (!keep_alive) bytes += "Connection: close\r\n";
  const bool is_bodiless{response.status == 204 || response.status == 304};
  if (form == BodyForm::chunked) bytes += "Transfer-Encoding: chunked\r\n";
  if ((form == BodyForm::whole || form == BodyForm::omitted) && !is_bodiless) {
    bytes += fmt::format("Content-Length: {}\r\n", response.body.size());
  }
  bytes += "\r\n";
  if (form == BodyForm::whole && !is_bodiless) bytes += response.body;
  return bytes;
}

std::string chunk(std::string_view bytes) {
  return fmt::format("{:x}\r\n{}\r\n", bytes.size(), bytes);
}

}  // namespace spillway::io
