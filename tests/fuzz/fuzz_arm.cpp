// Azure Resource Manager's answers: groups, pages, usages, logs, operations, errors and tokens.

#include "controller/provider/aci/arm_errors.hpp"
#include "controller/provider/aci/group_answer.hpp"
#include "controller/provider/aci/operation.hpp"
#include "controller/provider/aci/token_endpoint.hpp"
#include "tests/fuzz/input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace spillway;
  const std::string_view body{fuzz::text(data, size)};
  if (const auto group = aci::parse_group(body)) SPILLWAY_ASSERT(!group->id.name.empty());
  (void)aci::parse_group_page(body).has_value();
  (void)aci::parse_usages(body).has_value();
  (void)aci::parse_logs(body).has_value();
  for (const int status : {200, 202, 404, 429, 500}) {
    const io::HttpResponse response{.status = status, .body = std::string{body}};
    (void)aci::error_of_answer("fuzzing", response);
    (void)aci::parse_operation(response).has_value();
    (void)aci::parse_token_answer(response, TimePoint{}).has_value();
  }
  return 0;
}
