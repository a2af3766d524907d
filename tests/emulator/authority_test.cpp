#include "tests/emulator/authority.hpp"

#include <doctest/doctest.h>

#include "tests/emulator/harness.hpp"

namespace spillway::emulator::authority_test {
namespace {

using namespace std::chrono_literals;

EmulatorOptions with_auth() {
  EmulatorOptions options{plain_options()};
  options.auth = true;
  return options;
}

const std::string tenant{"11111111-1111-1111-1111-111111111111"};
const std::string token_path{"/" + tenant + "/oauth2/v2.0/token"};
const std::string good_form{
    "grant_type=client_credentials&client_id=22222222-2222-2222-2222-222222222222"
    "&client_secret=emulator-secret&scope=https%3A%2F%2Fmanagement.azure.com%2F.default"};

Response list_with(Harness& azure, const std::string& authorization) {
  Headers headers;
  if (!authorization.empty()) headers.emplace_back("authorization", authorization);
  return azure.send("GET", Harness::path(""), "", headers);
}

TEST_CASE("a token asked for with the right secret opens the door until it expires") {
  Harness azure{with_auth()};
  const Response answer{azure.send("POST", token_path, good_form)};
  REQUIRE(answer.status == 200);
  CHECK(text_at(answer, "/token_type") == "Bearer");
  CHECK(text_at(answer, "/expires_in") == "3599");
  const std::string bearer{"Bearer " + text_at(answer, "/access_token")};
  CHECK(list_with(azure, bearer).status == 200);
  azure.now += 3598s;
  CHECK(list_with(azure, bearer).status == 200);
  azure.now += 1s;
  const Response expired{list_with(azure, bearer)};
  CHECK(expired.status == 401);
  CHECK(code_of(expired) == "ExpiredAuthenticationToken");
}

TEST_CASE("the form of the older token endpoint may come with a GET, as Ruby's client sends it") {
  Harness azure{with_auth()};
  const std::string form{
      "grant_type=client_credentials&client_id=22222222-2222-2222-2222-222222222222"
      "&client_secret=emulator-secret&resource=https%3A%2F%2Fmanagement.azure.com%2F"};
  const Response answer{azure.send("GET", "/" + tenant + "/oauth2/token", form)};
  REQUIRE(answer.status == 200);
  CHECK(list_with(azure, "Bearer " + text_at(answer, "/access_token")).status == 200);
}

TEST_CASE("a missing, malformed or foreign token is refused with a challenge") {
  struct Row {
    std::string header, code;
  };
  Harness azure{with_auth()};
  const std::string token{text_at(azure.send("POST", token_path, good_form), "/access_token")};
  std::string tampered{token};
  tampered[token.find('.') + 5] ^= 1;
  for (const Row& row :
       {Row{"", "AuthenticationFailed"}, Row{"Basic YTpi", "AuthenticationFailedInvalidHeader"},
        Row{"Bearer", "AuthenticationFailedInvalidHeader"},
        Row{"Bearer x", "AuthenticationFailedInvalidHeader"},
        Row{"Bearer a.b.c", "InvalidAuthenticationToken"},
        Row{"Bearer " + tampered, "InvalidAuthenticationToken"}}) {
    CAPTURE(row.header);
    const Response refused{list_with(azure, row.header)};
    CHECK(refused.status == 401);
    CHECK(code_of(refused) == row.code);
    CHECK(header_of(refused, "WWW-Authenticate").find(tenant) != std::string::npos);
  }
}

TEST_CASE("who has no token is not told what there is") {
  Harness azure{with_auth()};
  for (const char* path : {"/subscriptions/00000000-0000-0000-0000-000000000000/nonsense",
                           "/providers/Microsoft.Nonsense/things", "/tenants/x/y"}) {
    CAPTURE(path);
    CHECK(azure.send("GET", std::string{path} + "?api-version=2023-05-01").status == 401);
  }
  CHECK(azure.send("GET", "/nonsense").status == 404);
}

TEST_CASE("revoked tokens are refused, new ones work") {
  Harness azure{with_auth()};
  const auto bearer{[&] {
    return "Bearer " + text_at(azure.send("POST", token_path, good_form), "/access_token");
  }};
  const std::string old{bearer()};
  azure.send("POST", "/_emulator/revoke-tokens");
  CHECK(list_with(azure, old).status == 401);
  CHECK(list_with(azure, bearer()).status == 200);
}

TEST_CASE("token errors carry the AADSTS number that says what is wrong") {
  struct Row {
    const char* name;
    std::string path, form, error, number;
    unsigned status;
  };
  const std::string id{"client_id=22222222-2222-2222-2222-222222222222"};
  const std::string start{"grant_type=client_credentials&" + id};
  const std::string scope{"&scope=x/.default"};
  Harness azure{with_auth()};
  for (const Row& row : {
           Row{"no grant", token_path, id, "invalid_request", "AADSTS900144", 400},
           Row{"grant", token_path, "grant_type=password&" + id, "unsupported_grant_type",
               "AADSTS70003", 400},
           Row{"tenant", "/33333333-1111-1111-1111-111111111111/oauth2/v2.0/token", good_form,
               "invalid_request", "AADSTS90002", 400},
           Row{"client", token_path,
               "grant_type=client_credentials&client_id=x&client_secret=y" + scope,
               "unauthorized_client", "AADSTS700016", 400},
           Row{"no secret", token_path, start + scope, "invalid_client", "AADSTS7000218", 401},
           Row{"secret", token_path, start + "&client_secret=no" + scope, "invalid_client",
               "AADSTS7000215", 401},
           Row{"scope", token_path, start + "&client_secret=emulator-secret&scope=x",
               "invalid_scope", "AADSTS1002012", 400},
           Row{"garbage", token_path, "%%%", "invalid_request", "AADSTS900144", 400},
       }) {
    CAPTURE(row.name);
    const Response answer{azure.send("POST", row.path, row.form)};
    CHECK(answer.status == row.status);
    CHECK(text_at(answer, "/error") == row.error);
    CHECK(text_at(answer, "/error_description").find(row.number + ":") == 0);
  }
}

TEST_CASE("discovery documents point back to the host that was asked") {
  Harness azure{with_auth()};
  const Response openid{azure.send("GET", "/" + tenant + "/v2.0/.well-known/openid-configuration")};
  CHECK(text_at(openid, "/token_endpoint") == "https://arm.test" + token_path);
  const Response adfs{azure.send("GET", "/adfs/.well-known/openid-configuration")};
  CHECK(text_at(adfs, "/issuer") == "https://arm.test/adfs");
  CHECK(text_at(adfs, "/token_endpoint") == "https://arm.test/adfs/oauth2/token");
  const Response instance{azure.send("GET", "/common/discovery/instance?api-version=1.1")};
  CHECK(text_at(instance, "/metadata/0/aliases/0") == "arm.test");
  const Response metadata{azure.send("GET", "/metadata/endpoints?api-version=1.0")};
  CHECK(text_at(metadata, "/authentication/loginEndpoint") == "https://arm.test");
}

TEST_CASE("Terraform finds the cloud under its metadata host, and no Azure Stack") {
  Harness azure{with_auth()};
  const Response clouds{azure.send("GET", "/metadata/endpoints?api-version=2020-06-01")};
  CHECK(text_at(clouds, "/0/resourceManager") == "https://arm.test");
  CHECK(text_at(clouds, "/0/authentication/tenant") == "common");
  // One cloud, no list, in what its newer releases ask for.
  const Response cloud{azure.send("GET", "/metadata/endpoints?api-version=2022-09-01")};
  CHECK(text_at(cloud, "/resourceManager") == "https://arm.test");
  CHECK(text_at(cloud, "/authentication/tenant") == "common");
}

TEST_CASE("clients that trust only Microsoft's own hosts or AD FS are sent to AD FS") {
  Harness azure{with_auth()};
  const Response metadata{azure.send("GET", "/metadata/endpoints?api-version=2015-01-01")};
  CHECK(text_at(metadata, "/authentication/loginEndpoint") == "https://arm.test/adfs");
}

TEST_CASE("with authentication off everybody may come in") {
  Harness azure;
  CHECK(list_with(azure, "").status == 200);
}

}  // namespace
}  // namespace spillway::emulator::authority_test
