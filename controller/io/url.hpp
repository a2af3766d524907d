// URLs as Spillway uses them: an origin to connect to and a target to ask it for. Credentials in a
// URL are refused (they end up in logs), fragments are dropped. Pure text, no name is resolved.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "controller/core/error.hpp"

namespace spillway::io {

struct Url {
  std::string scheme{"http"};  ///< "http", "https" or "unix"
  std::string host{};          ///< name or address without brackets; "unix": the socket's path
  std::uint16_t port{80};      ///< "unix": 0
  std::string target{"/"};     ///< path and query, percent-encoded, begins with '/'

  bool operator==(const Url&) const = default;
};

/// Understands `http://HOST[:PORT][/PATH[?QUERY]]`, `https://...`, and `unix:/SOCKET[:/PATH]` (HTTP
/// over a UNIX-domain socket, as Docker's Engine API). Error: `malformed`, saying what is wrong.
Result<Url> parse_url(std::string_view text);

/// The inverse of `parse_url`. May hold secrets in its query: log `describe` instead.
std::string to_string(const Url& url);

/// `https://host:port`: what connections are shared by.
std::string origin(const Url& url);

/// Origin and path without the query: what errors and logs say.
std::string describe(const Url& url);

/// `base` with `target` appended to its path, one slash between them. `target` may hold a query;
/// a query of `base` is dropped. Example: `http://h/prom` and `/api/v1/query` give
/// `http://h/prom/api/v1/query`.
Url join(Url base, std::string_view target);

/// Names and values, decoded, in their order.
using QueryParams = std::vector<std::pair<std::string, std::string>>;

/// One path segment or one query part, percent-encoded: everything but A-Z a-z 0-9 - . _ ~.
std::string percent_encode(std::string_view text);

/// Error: `malformed` for '%' without two hexadecimal digits.
Result<std::string> percent_decode(std::string_view text);

/// `a=1&b=x%20y`: for a query, and as an application/x-www-form-urlencoded body.
std::string encode_query(const QueryParams& params);

/// Also takes '+' as a space, as forms do. Error: `malformed`.
Result<QueryParams> decode_query(std::string_view query);

/// `target` with `params` appended to its query.
std::string with_query(std::string_view target, const QueryParams& params);

/// A request target taken apart. The path is decoded as a whole, so an encoded slash is a slash.
struct Target {
  std::string path{};
  QueryParams query{};
};

/// Error: `malformed`, if it does not begin with '/' or is badly encoded.
Result<Target> parse_target(std::string_view target);

}  // namespace spillway::io
