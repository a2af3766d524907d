#include "tests/emulator/paging.hpp"

#include <fmt/format.h>

#include <algorithm>

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
  for (; next != rows.end() && value.size() < call.world.options.page_size; ++next) {
    value.push_back(next->show());
  }
  boost::json::object body{{"value", std::move(value)}};
  if (next != rows.end()) {
    body["nextLink"] =
        fmt::format("{}{}?api-version={}&$skipToken={}", call.request.base_url, call.url.path,
                    percent_encode(call.api_version), base64_url(next->key));
  }
  return json_response(200, body);
}

}  // namespace spillway::emulator
