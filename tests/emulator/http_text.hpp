// HTTP/1.1 as text: bytes become a request within limits, an answer becomes bytes. No sockets here.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "tests/emulator/message.hpp"
#include "tests/emulator/options.hpp"

namespace spillway::emulator {

/// Reads one request after the other from the bytes of a connection.
class RequestReader {
 public:
  explicit RequestReader(const EmulatorOptions& options);
  ~RequestReader();
  RequestReader(const RequestReader&) = delete;
  RequestReader& operator=(const RequestReader&) = delete;

  /// Begins with the next request; bytes that came with the last one are kept.
  void next();

  void take(std::string_view bytes);

  /// The request is here in full, or never will be: then `refusal` says why.
  bool is_done() const;
  /// The client waits for our word before it sends the body. True once for each request.
  bool wants_go_on();

  /// What we answer to bytes that never became a request; afterwards the connection must close.
  const std::optional<Response>& refusal() const;

  // Of a request that is here in full:

  /// `base_url` stays empty.
  Request request() const;
  bool keeps_alive() const;
  /// 11 for HTTP/1.1.
  unsigned version() const;
  /// The client asks to go on as a WebSocket.
  bool is_upgrade() const;
  /// What a WebSocket needs to see of it, with the bytes that came afterwards.
  std::string upgrade_text() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The whole answer; without a body for 204 and 304.
std::string answer_text(const Response& response, unsigned version, bool keep_alive);

}  // namespace spillway::emulator
