#include "controller/provider/aci/identity.hpp"

#include <doctest/doctest.h>

#include <boost/asio/io_context.hpp>
#include <map>
#include <string>

#include "tests/provider/scripted_http.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/printing.hpp"

namespace spillway::aci::identity_test {
namespace {

using Variables = std::map<std::string, std::string, std::less<>>;

Environment environment_of(Variables variables) {
  return [variables = std::move(variables)](std::string_view name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  };
}

const std::string tenant{"AZURE_TENANT_ID"};
const std::string client{"AZURE_CLIENT_ID"};
const std::string secret{"AZURE_CLIENT_SECRET"};
const std::string certificate{"AZURE_CLIENT_CERTIFICATE_PATH"};
const std::string token_file{"AZURE_FEDERATED_TOKEN_FILE"};
const std::string only{"AZURE_TOKEN_CREDENTIALS"};

TEST_CASE("the identity is the first that is there, in the order of DefaultAzureCredential") {
  using enum IdentityKind;
  struct Row {
    const char* name;
    Variables variables;
    IdentityKind chosen;
    std::size_t missing;
  };
  const Row rows[]{
      {"nothing at all", {}, managed_identity, 0},
      {"only a client id: a user-assigned identity", {{client, "c"}}, managed_identity, 0},
      {"secret", {{tenant, "t"}, {client, "c"}, {secret, "s"}}, client_secret, 0},
      {"certificate", {{tenant, "t"}, {client, "c"}, {certificate, "p"}}, client_certificate, 0},
      {"workload", {{tenant, "t"}, {client, "c"}, {token_file, "f"}}, workload_identity, 0},
      {"secret before certificate and workload",
       {{tenant, "t"}, {client, "c"}, {secret, "s"}, {certificate, "p"}, {token_file, "f"}},
       client_secret,
       0},
      {"certificate before workload",
       {{tenant, "t"}, {client, "c"}, {certificate, "p"}, {token_file, "f"}},
       client_certificate,
       0},
      {"a tenant in the environment without any proof: the machine's identity of that client id",
       {{tenant, "t"}, {client, "c"}},
       managed_identity,
       0},
      {"the same where only the environment may be used",
       {{tenant, "t"}, {client, "c"}, {only, "EnvironmentCredential"}},
       client_secret,
       1},
      {"a word that Azure's libraries do not know",
       {{only, "ManagedIdentity"}},
       managed_identity,
       1},
      {"a forgotten tenant neither", {{client, "c"}, {secret, "s"}}, client_secret, 1},
      {"only the managed identity",
       {{tenant, "t"}, {secret, "s"}, {only, "ManagedIdentityCredential"}},
       managed_identity,
       0},
      {"only workload identity",
       {{tenant, "t"},
        {client, "c"},
        {secret, "s"},
        {token_file, "f"},
        {only, "workloadidentitycredential"}},
       workload_identity,
       0},
      {"only the environment", {{only, "EnvironmentCredential"}}, client_secret, 3},
      {"prod is all of them", {{only, "prod"}}, managed_identity, 0},
      {"developers' logins are not ours", {{only, "dev"}}, managed_identity, 1},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    AciSettings settings{};
    fill_identity(settings, environment_of(row.variables));
    CHECK(chosen_identity(settings) == row.chosen);
    CHECK(missing_identity(settings).size() == row.missing);
  }
}

TEST_CASE("an identity that the file names is that one, whatever the environment holds") {
  AciSettings settings{};
  settings.identity = IdentityKind::workload_identity;
  fill_identity(settings, environment_of({{tenant, "t"}, {client, "c"}, {secret, "s"}}));
  CHECK(chosen_identity(settings) == IdentityKind::workload_identity);
  const auto missing = missing_identity(settings);
  REQUIRE(missing.size() == 1);
  CHECK(missing[0].find(token_file) != std::string::npos);
}

TEST_CASE("a cloud gives endpoint, authority and audience, and the file may replace each") {
  AciSettings settings{};
  settings.cloud = AzureCloud::us_government;
  settings = with_environment(settings, environment_of({}));
  CHECK(settings.endpoint == "https://management.usgovcloudapi.net");
  CHECK(settings.authority == "https://login.microsoftonline.us");
  CHECK(settings.audience == "https://management.usgovcloudapi.net");
  AciSettings china{};
  china.cloud = AzureCloud::china;
  china.audience = "https://arm.local.azurestack.example/";
  china =
      with_environment(china, environment_of({{"AZURE_AUTHORITY_HOST", "https://adfs.example"}}));
  CHECK(china.endpoint == "https://management.chinacloudapi.cn");
  CHECK(china.authority == "https://adfs.example");
  CHECK(china.audience == "https://arm.local.azurestack.example");
}

TEST_CASE("a managed identity is asked for on this machine only: the answer is a token in clear") {
  boost::asio::io_context context{};
  testing::ManualClock clock{context};
  testing::ScriptedHttp http{clock};
  io::SeededRandom random{7};
  const auto makes = [&](std::string metadata, std::string endpoint) {
    AciSettings settings{};
    settings.metadata_endpoint = std::move(metadata);
    settings.identity_endpoint = std::move(endpoint);
    if (!settings.identity_endpoint.empty()) settings.identity_header = "h";
    return make_credential(http, clock, random, settings).has_value();
  };
  CHECK(makes("", ""));
  CHECK(makes("http://127.0.0.1:8080", ""));
  CHECK(makes("", "http://169.254.128.1:2377/metadata/identity/oauth2/token"));
  CHECK(!makes("http://metadata.example", ""));
  CHECK(!makes("", "http://127.evil.example/token"));
}

TEST_CASE("a forgotten secret of an application in the file never makes us somebody else") {
  AciSettings settings{};
  settings.tenant = "t";
  settings.client_id = "c";
  settings = with_environment(settings, environment_of({}));
  CHECK(chosen_identity(settings) == IdentityKind::client_secret);
  CHECK(missing_identity(settings).size() == 1);
}

TEST_CASE("a misspelt AZURE_TOKEN_CREDENTIALS is told, with the words that are allowed") {
  AciSettings settings{};
  settings = with_environment(settings, environment_of({{only, "ManagedIdentityCredentials"}}));
  const auto missing = missing_identity(settings);
  REQUIRE(missing.size() == 1);
  CHECK(missing.front().find("\"ManagedIdentityCredentials\"") != std::string::npos);
  CHECK(missing.front().find("ManagedIdentityCredential") != std::string::npos);
}

TEST_CASE("an unusable certificate is found when the credential is made, not when it is needed") {
  boost::asio::io_context context{};
  testing::ManualClock clock{context};
  testing::ScriptedHttp http{clock};
  io::SeededRandom random{7};
  AciSettings settings{};
  settings.identity = IdentityKind::client_certificate;
  settings.client_certificate = "/no/such/file.pem";
  settings = with_environment(settings, environment_of({{tenant, "t"}, {client, "c"}}));
  const auto made = make_credential(http, clock, random, settings);
  REQUIRE(!made);
  CHECK(made.error().code == Errc::bad_request);
  CHECK(made.error().context.find("/no/such/file.pem") != std::string::npos);
}

}  // namespace
}  // namespace spillway::aci::identity_test
