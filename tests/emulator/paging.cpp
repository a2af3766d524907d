#include "tests/emulator/paging.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "tests/emulator/text.hpp"
#include "tests/emulator/world.hpp"

namespace spillway::emulator {

Response paged(const Call& call, const std::vector<Page::Row>& rows) {
  // The token is the key of the next row, in order: rows that come and go between two pages neither
  // repeat nor hide others.
  const auto token{call.url.parameter("$skipToken")};
  const auto from{from_base64_url(token.value_or(""))};
  if (!from || (token && from->empty())) {
    return to_response(
        bad_request("InvalidSkipToken", "The skip token is not one of ours.", "$skipToken"));
  }
  auto next{std::find_if(rows.begin(), rows.end(),
                         [&](const Page::Row& row) { return row.key >= *from; })};
  boost::json::array value;
  std::size_t size{call.world.options.page_size};
  if (const auto top{call.url.parameter("$top")}) {
    std::size_t wanted{0};
    std::from_chars(top->data(), top->data() + top->size(), wanted);
    if (wanted == 0) {
      return to_response(
          bad_request("InvalidParameter", "'$top' must be a positive number.", "$top"));
    }
    size = std::min(size, wanted);
  }
  for (; next != rows.end() && value.size() < size; ++next) {
    value.push_back(next->show());
  }
  boost::json::object body{{"value", std::move(value)}};
  const FaultSubject subject{.method = call.request.method, .path = call.url.path};
  if (next != rows.end() &&
      !call.world.faults.take(FaultKind::lost_next_link, subject, call.world.now())) {
    // The next page is of the same list: whatever else was asked goes along.
    std::string more;
    for (const auto& [name, asked] : call.url.query) {
      if (equal_text(name, "api-version") || equal_text(name, "$skipToken")) continue;
      more += fmt::format("&{}={}", name, percent_encode(asked));
    }
    body["nextLink"] =
        fmt::format("{}{}?api-version={}{}&$skipToken={}", call.request.base_url, call.url.path,
                    percent_encode(call.api_version), more, base64_url(next->key));
  }
  return json_response(200, body);
}

}  // namespace spillway::emulator
