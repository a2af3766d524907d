#include "controller/provider/aci/arm_errors.hpp"

#include <doctest/doctest.h>

#include <string>

#include "tests/support/printing.hpp"

namespace spillway::aci::arm_errors_test {
namespace {

std::string error_body(std::string_view code, std::string_view message) {
  return R"({"error":{"code":")" + std::string{code} + R"(","message":")" + std::string{message} +
         R"("}})";
}

Error judge(int status, std::string body, io::Headers headers = {}) {
  return error_of_answer("creating group web-1",
                         io::HttpResponse{status, std::move(headers), std::move(body)});
}

TEST_CASE("each way in which Azure says no has one meaning") {
  struct Row {
    const char* name;
    int status;
    std::string body;
    Errc expected;
  };
  const Row rows[]{
      {"no capacity is 409 ServiceUnavailable", 409,
       error_body("ServiceUnavailable",
                  "The requested resource is not available in the location 'eastus' at this "
                  "moment. Please retry with a different resource request or in another location."),
       Errc::no_capacity},
      {"409 ServiceUnavailable with unknown words", 409, error_body("ServiceUnavailable", "busy"),
       Errc::no_capacity},
      {"a quota under the code ServiceUnavailable", 409,
       error_body("ServiceUnavailable",
                  "Resource type 'Microsoft.ContainerInstance/containerGroups' container group "
                  "quota 'ContainerGroups' exceeded in region 'eastus'. Limit: '100', Usage: '100' "
                  "Requested: '1'."),
       Errc::quota},
      {"ContainerGroupQuotaReached", 409,
       error_body("ContainerGroupQuotaReached", "'StandardCores' exceeded, Limit '10'"),
       Errc::quota},
      {"a zone without stock", 400,
       error_body("ResourceOperationFailure",
                  "The requested resource is not available in the location 'norwayeast'"),
       Errc::no_capacity},
      {"another operation runs", 409,
       error_body("ContainerGroupTransitioning", "still transitioning, please retry later"),
       Errc::transitioning},
      {"the registry refuses", 409,
       error_body("RegistryErrorResponse", "An error response is received from the registry"),
       Errc::registry},
      {"the image is not accessible", 400, error_body("InaccessibleImage", "not accessible"),
       Errc::registry},
      {"limits above requests", 400,
       error_body("ContainerLimitGreaterThanContainerGroupTotalRequest", "too much"),
       Errc::bad_request},
      {"update of what cannot be updated", 400, error_body("InvalidContainerGroupUpdate", "no"),
       Errc::bad_request},
      {"expired token", 401, error_body("ExpiredAuthenticationToken", "expired"), Errc::denied},
      {"no role", 403, error_body("AuthorizationFailed", "no"), Errc::denied},
      {"a delete lock", 409, error_body("ScopeLocked", "locked"), Errc::denied},
      {"the group is not there", 404, error_body("ResourceNotFound", "no"), Errc::not_found},
      {"the resource group is not there", 404, error_body("ResourceGroupNotFound", "no"),
       Errc::denied},
      {"the subscription is not there", 404, error_body("SubscriptionNotFound", "no"),
       Errc::denied},
      {"the provider is not registered", 409, error_body("MissingSubscriptionRegistration", "no"),
       Errc::denied},
      {"the region does not have it", 400,
       error_body("LocationNotAvailableForResourceType",
                  "The provided location 'estus' is not available for resource type"),
       Errc::denied},
      {"throttled", 429, error_body("TooManyRequests", "slow down"), Errc::throttled},
      {"throttled, with the word quota in it", 429,
       error_body("TooManyRequests", "quota of requests"), Errc::throttled},
      {"throttled without a body", 429, "", Errc::throttled},
      {"request timeout", 408, "", Errc::timeout},
      {"gateway timeout: it may have happened", 504, error_body("GatewayTimeout", ""),
       Errc::timeout},
      {"broken service", 500, error_body("InternalServerError", "oops"), Errc::unavailable},
      {"a true 503 is not a lack of capacity", 503, error_body("ServiceUnavailable", "down"),
       Errc::unavailable},
      {"a conflict of an unknown kind", 409, error_body("SomethingNew", "hm"), Errc::unavailable},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    CHECK(judge(row.status, row.body).code == row.expected);
  }
}

TEST_CASE(
    "a group, resource group or image with the word quota in its name is judged like others") {
  CHECK(judge(404, error_body("ResourceNotFound",
                              "The Resource 'Microsoft.ContainerInstance/containerGroups/"
                              "quota-api-1' under resource group 'quota' was not found."))
            .code == Errc::not_found);
  CHECK(judge(409, error_body("ContainerGroupTransitioning",
                              "The container group 'quota-api-1' is still transitioning."))
            .code == Errc::transitioning);
  CHECK(judge(409, error_body("SomethingNew", "group 'quota' exceeded its patience")).code ==
        Errc::unavailable);
  CHECK(judge(403, error_body("AuthorizationFailed", "over scope '/resourceGroups/quota exceeded'"))
            .code == Errc::denied);
  CHECK(judge(400, error_body("InvalidParameter", "image 'acr.io/quota:exceeded'")).code ==
        Errc::bad_request);
  CHECK(kind_of_failure("Failed", "Failed to pull image \"acr.io/quota exceeded-api:1\"") !=
        std::nullopt);
  CHECK(kind_of_failure("Failed", "Failed to pull image \"acr.io/quota-api:1\"") == Errc::registry);
  CHECK(!kind_of_failure("BackOff", "Back-off restarting container quota-api"));
  CHECK(judge(409, error_body("OperationNotAllowed",
                              "Operation could not be completed as it results in exceeding "
                              "approved StandardCores quota."))
            .code == Errc::quota);
}

TEST_CASE("what only Azure refuses so is answered with advice about Azure") {
  const auto advice_for = [](int status, std::string_view code) {
    return std::string{advice(judge(status, error_body(code, "no")))};
  };
  CHECK(advice_for(403, "AuthorizationFailed").find("role assignment") != std::string::npos);
  CHECK(advice_for(409, "QuotaExceeded").find("ask Azure") != std::string::npos);
  CHECK(advice_for(503, "ServerBusy") == advice(Errc::unavailable));
  // What anybody else refuses has nothing to do with it.
  for (const Errc code : {Errc::denied, Errc::quota}) {
    CHECK(advice(code).find("Azure") == std::string_view::npos);
    CHECK(advice(code).find("role") == std::string_view::npos);
  }
}

TEST_CASE("a code nested in details counts") {
  const Error error{judge(409, R"({"error":{"code":"DeploymentFailed","message":"see details",
      "details":[{"code":"Conflicted","details":[{"code":"ContainerGroupQuotaReached",
      "message":"'StandardCores' exceeded"}]}]}})")};
  CHECK(error.code == Errc::quota);
  CHECK(error.context.find("StandardCores") != std::string::npos);
}

TEST_CASE("an error without the envelope is understood") {
  CHECK(judge(400, R"({"code":"InaccessibleImage","message":"x"})").code == Errc::registry);
}

TEST_CASE("a 404 page that is not ARM's does not prove that a group is gone") {
  for (const char* body : {"", "<html>404 Not Found</html>", "{}", "[]", "{\"error\":\"x\"}",
                           "{\"error\":{\"code\":7}}", "\xff\xfe"}) {
    CAPTURE(body);
    CHECK(judge(404, body).code == Errc::malformed);
  }
  CHECK(judge(404, error_body("InvalidResourceType", "x")).code == Errc::bad_request);
}

TEST_CASE("redirects and stray statuses are malformed, whatever they say") {
  CHECK(judge(302, "").code == Errc::malformed);
  CHECK(judge(400, "<html>proxy</html>").code == Errc::malformed);
}

TEST_CASE("garbage, truncation and depth in a body leave the status to decide") {
  const std::string whole{error_body("ServiceUnavailable", "no room")};
  for (std::size_t size{0}; size < whole.size(); ++size) {
    CHECK(judge(500, whole.substr(0, size)).code == Errc::unavailable);
  }
  std::string deep{};
  for (int level{0}; level < 5000; ++level) deep += R"({"error":{"details":[)";
  CHECK(judge(500, deep).code == Errc::unavailable);
}

TEST_CASE("an error carries Retry-After, the request id and a bounded excerpt") {
  io::Headers headers{
      {"Retry-After", "17"}, {"x-ms-correlation-request-id", "c-1"}, {"x-ms-request-id", "r-1"}};
  const Error error{judge(429, error_body("TooManyRequests", std::string(5000, 'x')), headers)};
  CHECK(error.retry_after == std::chrono::seconds{17});
  CHECK(error.request_id == "r-1");
  CHECK(error.context.starts_with("creating group web-1: HTTP 429 TooManyRequests: xxx"));
  CHECK(error.context.size() < 400);
  CHECK(!judge(429, "").retry_after);
}

TEST_CASE("a quota of zero is told apart from one that is used up") {
  CHECK(is_limit_zero("exceeded. Limit: '0', Usage: '0'"));
  CHECK(is_limit_zero("Limit 0"));
  CHECK(is_limit_zero("Limit: 0. Usage: 0"));
  CHECK(is_limit_zero("the limit is exceeded, Limit '0'"));
  CHECK(!is_limit_zero("Limit '10'"));
  CHECK(!is_limit_zero("Limit '0.5'"));
  CHECK(!is_limit_zero("Limit '05'"));
  CHECK(!is_limit_zero("Usage '0'"));
  CHECK(!is_limit_zero("limit"));
  const Error error{judge(409, error_body("ServiceUnavailable", "quota exceeded, Limit: '0'"))};
  CHECK(error.code == Errc::quota);
  CHECK(error.context.find("request a quota from Azure") != std::string::npos);
}

TEST_CASE("a failure after acceptance is judged by its event") {
  CHECK(kind_of_failure("InsufficientCapacity.", "") == Errc::no_capacity);
  CHECK(kind_of_failure("Failed", "Failed to pull image \"x\"") == Errc::registry);
  CHECK(kind_of_failure("", "quota 'StandardCores' exceeded") == Errc::quota);
  CHECK(!kind_of_failure("FailedMount", "mount error(2)"));
}

}  // namespace
}  // namespace spillway::aci::arm_errors_test
