#include "controller/provider/aci/token_endpoint.hpp"

#include <doctest/doctest.h>

#include <unistd.h>
#include <boost/asio/io_context.hpp>
#include <boost/json/parse.hpp>

#include <filesystem>
#include <string>

#include "controller/io/atomic_file.hpp"
#include "controller/io/base64.hpp"
#include "controller/provider/aci/client_proof.hpp"
#include "tests/provider/rsa_certificate.hpp"
#include "tests/provider/scripted_http.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/printing.hpp"

namespace spillway::aci::token_endpoint_test {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;
using testing::ManualClock;
using testing::monday_noon;

TokenEndpoint endpoint() {
  TokenEndpoint made{};
  made.authority = io::parse_url("https://login.example").value();
  made.tenant = "my tenant";
  made.client_id = "client";
  return made;
}

Result<AccessToken> parse(int status, std::string body) {
  return parse_token_answer(io::HttpResponse{status, {}, std::move(body)}, monday_noon);
}

TEST_CASE("the client secret flow posts a form and reads the token") {
  boost::asio::io_context context{};
  ManualClock clock{context};
  testing::ScriptedHttp http{clock};
  TokenEndpointCredential credential{http, clock, endpoint(), secret_proof(io::Secret{"s+&=x"})};
  http.answer(200, R"({"token_type":"Bearer","expires_in":3599,"access_token":"abc.def"})");
  const auto token = clock.run(credential.fetch(io::deadline_after(clock, 10s)));
  REQUIRE(token);
  CHECK(token->text.reveal() == "abc.def");
  CHECK(token->expires_at == monday_noon + 3599s);
  const io::HttpRequest& sent{http.requests.at(0)};
  CHECK(sent.method == "POST");
  CHECK(io::to_string(sent.url) == "https://login.example:443/my%20tenant/oauth2/v2.0/token");
  CHECK(sent.headers.find("content-type") == "application/x-www-form-urlencoded");
  CHECK(sent.body ==
        "grant_type=client_credentials&client_id=client&client_secret=s%2B%26%3Dx"
        "&scope=https%3A%2F%2Fmanagement.azure.com%2F.default");
}

TEST_CASE("a refused identity is denied with the words of the server") {
  const auto refused = parse(401, R"({"error":"invalid_client",
      "error_description":"AADSTS7000215: Invalid client secret provided."})");
  REQUIRE(!refused);
  CHECK(refused.error().code == Errc::denied);
  CHECK(refused.error().context.find("AADSTS7000215") != std::string::npos);
  CHECK(parse(400, R"({"error":"unauthorized_client"})").error().code == Errc::denied);
  CHECK(parse(429, "").error().code == Errc::throttled);
  CHECK(parse(503, "<html>").error().code == Errc::unavailable);
  CHECK(parse(504, "").error().code == Errc::timeout);
  CHECK(parse(302, "").error().code == Errc::malformed);
  CHECK(parse(404, "<html>").error().code == Errc::malformed);
}

TEST_CASE("an answer without a usable token is malformed, and is never quoted") {
  for (const char* body :
       {"", "secret-garbage", "[]", "{}", R"({"access_token":"t"})", R"({"expires_in":3599})",
        R"({"access_token":"","expires_in":3599})", R"({"access_token":7,"expires_in":3599})",
        R"({"access_token":"t","expires_in":0})", R"({"access_token":"t","expires_on":"1"})",
        R"({"access_token":"t","expires_in":"soon"})", R"({"access_token":"t","expires_in":true})",
        R"({"access_token":"t\r\nX: y","expires_in":3599})"}) {
    CAPTURE(body);
    const auto refused = parse(200, body);
    REQUIRE(!refused);
    CHECK(refused.error().code == Errc::malformed);
    CHECK(refused.error().context.find("secret-garbage") == std::string::npos);
  }
}

TEST_CASE("a life may be a text, as managed identities write it, and is cut to a day") {
  CHECK(parse(200, R"({"access_token":"t","expires_on":"1795435600"})")->expires_at ==
        TimePoint{1795435600s});
  CHECK(parse(200, R"({"access_token":"t","expires_in":"3599"})")->expires_at ==
        monday_noon + 3599s);
  CHECK(parse(200, R"({"access_token":"t","expires_in":1e300})")->expires_at == monday_noon + 24h);
}

// --- certificates and federated tokens ----------------------------------------------------------

/// A folder that is gone after the test.
struct Folder {
  Folder() { std::filesystem::create_directories(path); }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string write(std::string_view name, std::string_view content) const {
    const auto file = path / name;
    REQUIRE(io::write_file_atomically(file, content));
    return file.string();
  }
  std::filesystem::path path{std::filesystem::temp_directory_path() /
                             ("spillway-proof-" + std::to_string(::getpid()))};
};

std::string field(const io::QueryParams& fields, std::string_view name) {
  for (const auto& [key, value] : fields) {
    if (key == name) return value;
  }
  return {};
}

std::vector<std::string> parts_of(const std::string& token) {
  const auto first = token.find('.');
  const auto second = token.find('.', first + 1);
  return {token.substr(0, first), token.substr(first + 1, second - first - 1),
          token.substr(second + 1)};
}

std::string text(const json::object& object, std::string_view key) {
  return std::string{object.at(key).as_string()};
}

json::object decoded(const std::string& part) {
  return json::parse(testing::decode_base64url(part)).as_object();
}

TEST_CASE("a certificate proves itself by an assertion that its public key verifies") {
  const testing::RsaCertificate made{testing::make_rsa_certificate("spillway")};
  const auto signer = io::Signer::from_pem(made.key_pem + made.certificate_pem, {});
  REQUIRE(signer);
  CertificateProof proof{};
  proof.client_id = "client";
  proof.audience = "https://login.example/t/oauth2/v2.0/token";
  for (const auto kind : {io::SignatureKind::ps256, io::SignatureKind::rs256}) {
    const bool is_pss{kind == io::SignatureKind::ps256};
    CAPTURE(is_pss);
    proof.signature = kind;
    const auto token = client_assertion(*signer, proof, "id-1", monday_noon);
    REQUIRE(token);
    const auto parts = parts_of(*token);
    const json::object header{decoded(parts[0])};
    CHECK(text(header, "typ") == "JWT");
    CHECK(text(header, "alg") == (is_pss ? "PS256" : "RS256"));
    CHECK(text(header, is_pss ? "x5t#S256" : "x5t") ==
          io::base64url(is_pss ? made.sha256 : made.sha1));
    CHECK(!header.contains("x5c"));
    const json::object claims{decoded(parts[1])};
    const auto now =
        std::chrono::duration_cast<std::chrono::seconds>(monday_noon.time_since_epoch());
    CHECK(text(claims, "aud") == proof.audience);
    CHECK(text(claims, "iss") == "client");
    CHECK(text(claims, "sub") == "client");
    CHECK(text(claims, "jti") == "id-1");
    CHECK(claims.at("nbf").as_int64() == now.count());
    CHECK(claims.at("exp").as_int64() == now.count() + 600);
    const std::string signature{testing::decode_base64url(parts[2])};
    CHECK(testing::verifies(made, is_pss, parts[0] + "." + parts[1], signature));
    CHECK(!testing::verifies(made, is_pss, parts[0] + "." + parts[1] + "x", signature));
  }
  proof.sends_chain = true;
  const auto with_chain = client_assertion(*signer, proof, "id-1", monday_noon);
  REQUIRE(with_chain);
  CHECK(decoded(parts_of(*with_chain)[0]).at("x5c").as_array().size() == 1);
}

TEST_CASE("an encrypted key needs its password, and every unusable file says why") {
  const auto made = testing::make_rsa_certificate("spillway", "open sesame");
  const auto other = testing::make_rsa_certificate("other");
  const auto why = [](std::string_view pem, std::string_view password) {
    const auto signer = io::Signer::from_pem(pem, io::Secret{std::string{password}});
    return signer ? std::string{"usable"} : signer.error().context;
  };
  CHECK(why(made.certificate_pem + made.key_pem, "open sesame") == "usable");
  CHECK(why(made.certificate_pem + made.key_pem, "wrong").find("password") != std::string::npos);
  CHECK(why(made.certificate_pem + made.key_pem, "").find("password") != std::string::npos);
  CHECK(why(made.certificate_pem, "").find("no private key") != std::string::npos);
  CHECK(why(other.key_pem, "").find("no certificate") != std::string::npos);
  CHECK(why(other.key_pem + made.certificate_pem, "").find("belongs to no certificate") !=
        std::string::npos);
  CHECK(why("", "").find("no private key") != std::string::npos);
}

TEST_CASE("the certificate file is read anew for each token, and an expired one is not used") {
  const Folder folder{};
  io::SeededRandom random{7};
  const auto first = testing::make_rsa_certificate("first");
  CertificateProof settings{};
  settings.pem_file = folder.write("client.pem", first.key_pem + first.certificate_pem);
  const auto proof = certificate_proof(settings, random);
  const auto thumbprint = [&] {
    const auto fields = proof->fields(monday_noon);
    REQUIRE(fields);
    CHECK(field(*fields, "client_assertion_type") ==
          "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    const auto header = decoded(parts_of(field(*fields, "client_assertion"))[0]);
    return text(header, "x5t#S256");
  };
  CHECK(thumbprint() == io::base64url(first.sha256));
  const auto second = testing::make_rsa_certificate("second");
  folder.write("client.pem", second.certificate_pem + second.key_pem);
  CHECK(thumbprint() == io::base64url(second.sha256));
  const auto late = proof->fields(monday_noon + 24h * 365 * 20);
  REQUIRE(!late);
  CHECK(late.error().code == Errc::denied);
  CHECK(late.error().context.find("expired") != std::string::npos);
}

TEST_CASE("a federated token is read anew for each request: the cluster rotates it") {
  const Folder folder{};
  boost::asio::io_context context{};
  ManualClock clock{context};
  testing::ScriptedHttp http{clock};
  const std::string file{folder.write("token", "first.token.x\n")};
  TokenEndpointCredential credential{http, clock, endpoint(), federated_proof(file)};
  for (const char* name : {"first.token.x", "second.token.x"}) {
    folder.write("token", name);
    http.answer(200, R"({"expires_in":3599,"access_token":"abc"})");
    REQUIRE(clock.run(credential.fetch(io::deadline_after(clock, 10s))));
    const auto form = io::decode_query(http.requests.back().body);
    REQUIRE(form);
    CHECK(field(*form, "client_assertion") == name);
    CHECK(field(*form, "grant_type") == "client_credentials");
    CHECK(field(*form, "client_secret").empty());
  }
  folder.write("token", " \n");
  const auto empty = clock.run(credential.fetch(io::deadline_after(clock, 10s)));
  CHECK(empty.error().code == Errc::denied);
  std::filesystem::remove(file);
  const auto gone = clock.run(credential.fetch(io::deadline_after(clock, 10s)));
  CHECK(gone.error().code == Errc::denied);
  CHECK(gone.error().context.find(file) != std::string::npos);
  CHECK(http.requests.size() == 2);
}

}  // namespace
}  // namespace spillway::aci::token_endpoint_test
