// Azure Resource Manager's answers: groups, pages, usages, logs, operations, errors and tokens.

#include "controller/provider/aci/arm_errors.hpp"
#include "controller/provider/aci/group_answer.hpp"
#include "controller/provider/aci/image_registry.hpp"
#include "controller/provider/aci/operation.hpp"
#include "controller/provider/aci/standby_body.hpp"
#include "controller/provider/aci/token_endpoint.hpp"
#include "controller/provider/scale_set/scale_set.hpp"
#include "tests/fuzz/input.hpp"

namespace spillway::fuzz_arm {

SPILLWAY_FUZZ_TARGET(arm, data, size) {
  const std::string_view body{fuzz::text(data, size)};
  if (const auto group = aci::parse_group(body)) SPILLWAY_ASSERT(!group->id.name.empty());
  (void)aci::parse_group_page(body).has_value();
  (void)aci::parse_usages(body).has_value();
  (void)aci::parse_logs(body).has_value();
  if (const auto pool = aci::parse_pool(body)) SPILLWAY_ASSERT(!pool->name.empty());
  (void)aci::parse_pool_page(body).has_value();
  if (const auto revision = aci::parse_profile_revision(body)) SPILLWAY_ASSERT(*revision >= 1);
  if (const auto stock = aci::parse_stock(body)) SPILLWAY_ASSERT(stock->running >= 0);
  if (const auto set = scale_set::parse_set(body)) SPILLWAY_ASSERT(set->capacity >= 0);
  if (const auto ready = scale_set::parse_ready(body)) SPILLWAY_ASSERT(*ready >= 0);
  if (const auto challenge = aci::parse_challenge(body); challenge && challenge->is_bearer) {
    SPILLWAY_ASSERT(!challenge->realm.empty());
    (void)aci::token_url(*challenge, {"host", "web", "1"}).has_value();
  }
  if (const auto image = aci::parse_image(body)) {
    SPILLWAY_ASSERT(!image->repository.empty() && !image->reference.empty());
    (void)io::parse_url(aci::manifest_url(*image)).has_value();
  }
  (void)aci::parse_registry_token(body).has_value();
  for (const int status : {200, 202, 404, 429, 500}) {
    const io::HttpResponse response{.status = status, .body = std::string{body}};
    (void)aci::error_of_answer("fuzzing", response);
    (void)aci::parse_operation(response).has_value();
    (void)aci::parse_token_answer(response, TimePoint{}).has_value();
  }
  return 0;
}

}  // namespace spillway::fuzz_arm
