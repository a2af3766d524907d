// HTTP/1.1 as clients and servers send it: whole, and in two pieces, which must read the same.

#include <string>
#include <utility>

#include "controller/io/http_wire.hpp"
#include "tests/fuzz/input.hpp"

namespace spillway::fuzz_http {

namespace {

using namespace spillway;

constexpr io::WireLimits limits{.header = 4096, .body = 4096};

struct Read {
  bool is_complete{false};
  bool is_refused{false};
  std::string body{};

  bool operator==(const Read&) const = default;
};

Read read_request(std::string_view first, std::string_view second) {
  io::RequestReader reader{limits};
  if (!reader.feed(first) || !reader.feed(second)) return {.is_refused = true};
  if (!reader.is_complete()) return {};
  io::HttpRequest request{reader.take()};
  SPILLWAY_ASSERT(request.body.size() <= *limits.body);
  SPILLWAY_ASSERT(!request.method.empty());
  return {.is_complete = true, .body = std::move(request.body)};
}

Read read_response(std::string_view first, std::string_view second, bool is_head) {
  io::ResponseReader reader{limits, is_head};
  if (!reader.feed(first) || !reader.feed(second)) return {.is_refused = true};
  (void)reader.feed_end().has_value();
  Read read{.is_complete = reader.is_complete()};
  if (reader.has_header()) SPILLWAY_ASSERT(reader.head().status >= 100);
  read.body = reader.take_body();
  SPILLWAY_ASSERT(read.body.size() <= *limits.body);
  if (is_head) SPILLWAY_ASSERT(read.body.empty());
  return read;
}

}  // namespace

SPILLWAY_FUZZ_TARGET(http, data, size) {
  const std::string_view bytes{fuzz::text(data, size)};
  const std::string_view head{bytes.substr(0, size / 2)};
  const std::string_view tail{bytes.substr(size / 2)};
  const Read whole{read_request(bytes, {})};
  const Read parts{read_request(head, tail)};
  if (!whole.is_refused && !parts.is_refused) SPILLWAY_ASSERT(whole == parts);
  for (const bool is_head : {false, true}) {
    const Read answer{read_response(bytes, {}, is_head)};
    const Read in_parts{read_response(head, tail, is_head)};
    if (!answer.is_refused && !in_parts.is_refused) SPILLWAY_ASSERT(answer == in_parts);
  }
  return 0;
}

}  // namespace spillway::fuzz_http
