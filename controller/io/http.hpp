// HTTP messages as plain values, the same for our client and our server. No sockets, no parsing
// (http_wire.hpp), no redirects, no cookies, no compression.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "controller/core/error.hpp"
#include "controller/io/url.hpp"

namespace spillway::io {

/// Header fields in the order of the message; names compare without regard to case.
class Headers {
 public:
  Headers() = default;
  Headers(std::initializer_list<std::pair<std::string, std::string>> fields) : fields_{fields} {}

  /// The first value of `name`, or nothing. Valid until the headers change.
  std::optional<std::string_view> find(std::string_view name) const;

  /// Replaces every value of `name`.
  void set(std::string_view name, std::string value);

  /// Appends, keeping the values that are there.
  void add(std::string name, std::string value);

  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }
  std::size_t size() const { return fields_.size(); }

  bool operator==(const Headers&) const = default;

 private:
  std::vector<std::pair<std::string, std::string>> fields_{};
};

struct HttpRequest {
  std::string method{"GET"};
  Url url{};          ///< in a server only `target` is set
  Headers headers{};  ///< Host, Content-Length and Connection are ours to write
  std::string body{};
  std::optional<std::size_t> response_limit{};  ///< bytes of body accepted; the client's if unset
};

struct HttpResponse {
  int status{200};
  Headers headers{};
  std::string body{};
};

/// True for methods whose repetition changes nothing more: GET, HEAD, PUT, DELETE, OPTIONS, TRACE.
bool is_idempotent(std::string_view method);

/// The standard phrase of `status`: `Not Found`; empty for an unknown one.
std::string_view reason_phrase(int status);

/// What a status means where only 2xx is success, for adapters without an error table of their own:
/// 401, 403 denied; 404, 410 not_found; 408 timeout; 429 throttled; 5xx unavailable; else
/// bad_request. The context shows `what` and the beginning of the body; Retry-After in seconds is
/// understood (a date is ignored), capped at an hour.
Error error_of_status(std::string_view what, const HttpResponse& response);

/// The server's Retry-After in whole seconds, capped at an hour; nothing if absent or a date.
std::optional<Duration> retry_after(const HttpResponse& response);

/// `text` cut to at most `limit` bytes, with line breaks and control characters as spaces: how
/// foreign text goes into errors.
std::string excerpt(std::string_view text, std::size_t limit = 200);

}  // namespace spillway::io
