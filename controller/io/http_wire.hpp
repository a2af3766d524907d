// HTTP/1.1 messages from and to bytes, without any socket: bytes are fed in as they arrive, whole
// messages come out. Everything a foreign peer can send wrong is refused here, with limits.
// Internal to io. No HTTP/2, no compression.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "controller/core/error.hpp"
#include "controller/io/http.hpp"

namespace spillway::io {

struct WireLimits {
  std::size_t header{64 * 1024};
  std::optional<std::size_t> body{8 * 1024 * 1024};  ///< nothing = unlimited, for streams
};

/// One response. Interim ones (1xx) are skipped.
class ResponseReader {
 public:
  /// `is_head`: the answer to HEAD announces a body and has none.
  ResponseReader(WireLimits limits, bool is_head);
  ~ResponseReader();

  /// 101 is the end of HTTP here rather than an error: we have asked for another protocol.
  void expect_upgrade();

  /// Takes the next bytes. Errors: `malformed`, `too_large`; the reader is of no use afterwards.
  Result<void> feed(std::string_view bytes);

  /// What came after a complete message, moved out: the other protocol's first bytes.
  std::string take_rest();

  /// The other side has closed. Error: `unavailable`, unless that is how the message ends.
  Result<void> feed_end();

  bool has_begun() const;
  bool has_header() const;
  bool is_complete() const;

  /// True if the connection may carry another exchange; only for a complete message.
  bool is_reusable() const;

  /// The status and the header fields; only if `has_header()`.
  HttpResponse head() const;

  /// The body so far, moved out: at the end all of it, on the way a part of a stream.
  std::string take_body();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The requests of one connection, one after the other.
class RequestReader {
 public:
  explicit RequestReader(WireLimits limits);
  ~RequestReader();

  /// Takes the next bytes. Errors: `malformed` (400), `too_large` (`is_header_too_large()` tells
  /// 431 from 413).
  Result<void> feed(std::string_view bytes);

  bool has_begun() const;
  bool has_header() const;
  bool is_complete() const;
  bool is_header_too_large() const;

  /// True once per request, if the client waits for "100 Continue" before it sends the body.
  bool takes_continue();

  /// The complete request. Begins the next one with bytes that have already arrived.
  HttpRequest take();

  /// What came after the request taken last, moved out, if it is not HTTP any more.
  std::string take_rest();

  /// Of the request taken last.
  bool wants_keep_alive() const;
  bool is_http_1_0() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Error: `bad_request` for a method, target or header field that would break the message.
Result<std::string> request_bytes(const HttpRequest& request, std::string_view user_agent);

/// The head of an answer 101 to `protocol`; header fields as above.
Result<std::string> upgrade_bytes(const Headers& headers, std::string_view protocol);

enum class BodyForm { whole, omitted, chunked, until_close };

/// The head, and the body if `form` is `whole`. `omitted` is the answer to HEAD. Error:
/// `bad_request` for header fields that would break the message.
Result<std::string> response_bytes(const HttpResponse& response, BodyForm form, bool keep_alive);

/// One chunk of a chunked body; the last one is `0\r\n\r\n`.
std::string chunk(std::string_view bytes);

}  // namespace spillway::io
