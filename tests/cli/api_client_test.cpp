// What the commands make of a running controller's answers.
#include "controller/cli/api_client.hpp"

#include <doctest/doctest.h>

#include <boost/json.hpp>
#include <string>

#include "controller/cli/configured_api.hpp"
#include "controller/cli/known_workloads.hpp"

namespace json = boost::json;

namespace spillway::cli::api_client_test {
namespace {

std::string told(const std::string& answer) {
  return to_string(error_in(json::parse(answer)));
}

TEST_CASE("a refusal of the API was printed with two codes, its own and another one") {
  CHECK(told(R"({"error":{"code":"NotFound","message":"NotFound: no workload is named wbe"}})") ==
        "NotFound: no workload is named wbe");
  CHECK(told(R"({"error":{"code":"Denied","message":"Denied: a bearer token is needed"}})") ==
        "Denied: a bearer token is needed");
  CHECK(told(R"({"error":{"code":"Newer","message":"Newer: x"}})") == "BadRequest: x");
  CHECK(told(R"({"error":{"code":"NotFound","message":"as it is"}})") == "NotFound: as it is");
  for (const char* const odd : {"{}", "[]", R"({"error":1})", R"({"error":{"code":"NotFound"}})"}) {
    CAPTURE(odd);
    CHECK(told(odd) == "BadRequest: the API answered without a reason");
  }
}

TEST_CASE("the address of the API is where the config has it listen, on loopback if everywhere") {
  CHECK(url_of({}) == "http://127.0.0.1:9900");
  CHECK(url_of({.listen = "0.0.0.0:9901"}) == "http://127.0.0.1:9901");
  CHECK(url_of({.listen = "[::]:9901"}) == "http://[::1]:9901");
  CHECK(url_of({.listen = "10.0.0.4:80", .tls_certificate = "x.pem"}) == "https://10.0.0.4:80");
}

TEST_CASE("a workload that the controller does not have is told, with the one that was meant") {
  const auto fault{[](const std::string& status, std::string_view name) {
    return unknown_workload(json::parse(status).as_object(), name);
  }};
  const std::string two{R"({"workloads":[{"name":"web"},{"name":"images"}]})"};
  CHECK(fault(two, "web").empty());
  CHECK(fault(two, "webb") == "there is no workload \"webb\"; did you mean \"web\"?");
  CHECK(fault(two, "queue") == "there is no workload \"queue\"; there is web, images");
  CHECK(fault("{}", "web") == "there is no workload \"web\"; there are none");
}

}  // namespace
}  // namespace spillway::cli::api_client_test
