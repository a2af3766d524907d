// URLs, request targets, queries and percent-encoding: what is understood is printed and understood
// again as the same.

#include "controller/io/url.hpp"
#include "tests/fuzz/input.hpp"

namespace spillway::fuzz_url {

SPILLWAY_FUZZ_TARGET(url, data, size) {
  const std::string_view text{fuzz::text(data, size)};
  if (const auto url = io::parse_url(text)) {
    const auto again = io::parse_url(io::to_string(*url));
    SPILLWAY_ASSERT(again.has_value() && *again == *url);
    SPILLWAY_ASSERT(!io::origin(*url).empty());
  }
  const auto decoded = io::percent_decode(io::percent_encode(text));
  SPILLWAY_ASSERT(decoded.has_value() && *decoded == text);
  if (const auto params = io::decode_query(text)) {
    const auto again = io::decode_query(io::encode_query(*params));
    SPILLWAY_ASSERT(again.has_value() && *again == *params);
  }
  if (const auto target = io::parse_target(text)) SPILLWAY_ASSERT(target->path.starts_with('/'));
  return 0;
}

}  // namespace spillway::fuzz_url
