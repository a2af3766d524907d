// One HTTP request and its answer as plain values: what the handler core sees of the wire.
// No sockets, no limits and no parsing of HTTP here: http_front.cpp does that, once.
#pragma once

#include <boost/json/value.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "controller/core/units.hpp"

namespace spillway::emulator {

using Headers = std::vector<std::pair<std::string, std::string>>;

/// The first value of the header `name` (compared without case), or nothing.
const std::string* find_header(const Headers& headers, std::string_view name);

struct Request {
  std::string method;    ///< upper case
  std::string target;    ///< origin form as received: path, then `?query`
  std::string base_url;  ///< `https://host:port` under which the client reached us, for links
  Headers headers;
  std::string body;
};

class Terminal;

/// How the answer leaves; everything but `whole` is an injected fault.
enum class Delivery {
  whole,
  dropped,    ///< the connection closes without a byte of answer
  truncated,  ///< the headers promise the whole body, half of it comes, the connection closes
};

struct Response {
  unsigned status{200};
  Headers headers{};
  std::string body{};
  Delivery delivery{Delivery::whole};
  std::shared_ptr<Terminal> terminal{};  ///< with status 101: what goes over the WebSocket
  Duration delay{};                      ///< emulator time to wait before the first byte
};

Response json_response(unsigned status, const boost::json::value& body);
Response empty_response(unsigned status);

}  // namespace spillway::emulator
