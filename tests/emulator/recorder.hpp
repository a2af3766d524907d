// A file of everything that was asked and answered, one JSON document a line: what a validator
// reads, and what shows a user which requests a client really sends. Tokens and secrets are masked.
// Requests to the admin endpoint are not in it.
#pragma once

#include <boost/json/object.hpp>
#include <fstream>
#include <string>

#include "tests/emulator/message.hpp"

namespace spillway::emulator {

/// `{"request": {"method", "url", "headers", "body"?}, "response": {"status", "headers", "body"?,
/// "delivery"?}}`. Header names in lower case; a JSON body as it is, a form or any other as text.
boost::json::object exchange_document(const Request& request, const Response& response);

class Recorder {
 public:
  /// Empty `path`: records nothing. An existing file is replaced.
  /// Throws std::runtime_error if the file cannot be written.
  explicit Recorder(const std::string& path);

  /// Each line is flushed: a reader may follow the file.
  void note(const Request& request, const Response& response);

 private:
  std::ofstream file_{};
};

}  // namespace spillway::emulator
