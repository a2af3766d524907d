#include "tests/emulator/client_assertion.hpp"

#include <doctest/doctest.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <string>

#include "tests/emulator/harness.hpp"
#include "tests/emulator/text.hpp"

namespace spillway::emulator::client_assertion_test {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

std::string pem_of(BIO* bio) {
  char* text{nullptr};
  const long size{BIO_get_mem_data(bio, &text)};
  std::string pem{text, static_cast<std::size_t>(size)};
  BIO_free(bio);
  return pem;
}

/// A key with its self-signed certificate, and the assertions that it signs.
struct Signer {
  Signer() : key{EVP_RSA_gen(2048)}, certificate{X509_new()} {
    X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    X509_sign(certificate, key, EVP_sha256());
  }
  ~Signer() {
    X509_free(certificate);
    EVP_PKEY_free(key);
  }
  Signer(const Signer&) = delete;
  Signer& operator=(const Signer&) = delete;

  std::string pem() const {
    BIO* const bio{BIO_new(BIO_s_mem())};
    PEM_write_bio_X509(bio, certificate);
    return pem_of(bio);
  }
  std::string public_key() const {
    BIO* const bio{BIO_new(BIO_s_mem())};
    PEM_write_bio_PUBKEY(bio, key);
    return pem_of(bio);
  }
  std::string thumbprint(const EVP_MD* digest) const {
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned size{0};
    X509_digest(certificate, digest, bytes, &size);
    return base64_url({reinterpret_cast<const char*>(bytes), size});
  }
  std::string sign(json::object header, const json::object& claims) const {
    const std::string text{base64_url(json::serialize(header)) + "." +
                           base64_url(json::serialize(claims))};
    EVP_MD_CTX* const context{EVP_MD_CTX_new()};
    EVP_PKEY_CTX* parameters{nullptr};
    EVP_DigestSignInit(context, &parameters, EVP_sha256(), nullptr, key);
    if (header.at("alg") == "PS256") {
      EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING);
      EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_DIGEST);
    }
    std::size_t size{512};
    std::string signature(size, '\0');
    EVP_DigestSign(context, reinterpret_cast<unsigned char*>(signature.data()), &size,
                   reinterpret_cast<const unsigned char*>(text.data()), text.size());
    EVP_MD_CTX_free(context);
    signature.resize(size);
    return text + "." + base64_url(signature);
  }

  EVP_PKEY* key;
  X509* certificate;
};

struct AssertionBench {
  AssertionBench() : cloud{options_with(signer)} {}

  static EmulatorOptions options_with(const Signer& signer) {
    EmulatorOptions options{plain_options()};
    Client client{default_client(options)};
    client.certificates = {signer.pem()};
    client.federations = {{.issuer = "https://issuer.test/*", .subject = "system:sa:me"}};
    options.clients = {client};
    return options;
  }

  std::int64_t now() const {
    return std::chrono::duration_cast<std::chrono::seconds>(cloud.now.time_since_epoch()).count();
  }
  json::object claims() const {
    const std::string tenant{cloud.options.tenant};
    return {{"aud", "https://arm.test/" + tenant + "/oauth2/v2.0/token"},
            {"iss", client},
            {"sub", client},
            {"jti", "1"},
            {"nbf", now()},
            {"exp", now() + 600}};
  }
  json::object header(const char* algorithm) const {
    const bool newer{std::string_view{algorithm} == "PS256"};
    json::object made{{"alg", algorithm}, {"typ", "JWT"}};
    made[newer ? "x5t#S256" : "x5t"] = signer.thumbprint(newer ? EVP_sha256() : EVP_sha1());
    return made;
  }
  /// `token`, or the AADSTS number of the refusal.
  std::string ask(const std::string& assertion,
                  const std::string& endpoint = "/oauth2/v2.0/token") {
    const Response response{cloud.send(
        "POST", "/" + cloud.options.tenant + endpoint,
        "grant_type=client_credentials&client_id=" + client +
            "&scope=https%3A%2F%2Fmanagement.azure.com%2F.default"
            "&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-"
            "bearer&client_assertion=" +
            assertion)};
    return response.status == 200 ? "token" : text_at(response, "/error_codes/0");
  }

  Signer signer{};
  std::string client{"22222222-2222-2222-2222-222222222222"};
  Harness cloud;
};

TEST_CASE("an assertion under a registered certificate is as good as a secret, RS256 or PS256") {
  AssertionBench bench;
  CHECK(bench.ask(bench.signer.sign(bench.header("RS256"), bench.claims())) == "token");
  CHECK(bench.ask(bench.signer.sign(bench.header("PS256"), bench.claims())) == "token");
}

TEST_CASE("a padded thumbprint, as MSAL of Python writes it, names the same certificate") {
  AssertionBench bench;
  for (const char* algorithm : {"RS256", "PS256"}) {
    json::object header(bench.header(algorithm));
    json::value& named{header[header.contains("x5t") ? "x5t" : "x5t#S256"]};
    named = std::string{named.as_string()} + "=";
    CHECK(bench.ask(bench.signer.sign(header, bench.claims())) == "token");
  }
}

TEST_CASE("an assertion may be for the endpoint with its query, as ADAL of Go writes it") {
  AssertionBench bench;
  const std::string endpoint{"/oauth2/token?api-version=1.0"};
  json::object claims{bench.claims()};
  claims["aud"] = "https://arm.test/" + bench.cloud.options.tenant + endpoint;
  CHECK(bench.ask(bench.signer.sign(bench.header("RS256"), claims), endpoint) == "token");
}

TEST_CASE("an assertion is refused for its signature, certificate, audience, age and shape") {
  AssertionBench bench;
  std::string forged{bench.signer.sign(bench.header("RS256"), bench.claims())};
  forged[forged.rfind('.') + 5] = forged[forged.rfind('.') + 5] == 'A' ? 'B' : 'A';
  CHECK(bench.ask(forged) == "700027");

  const Signer stranger;
  json::object header{{"alg", "RS256"}, {"x5t", stranger.thumbprint(EVP_sha1())}};
  CHECK(bench.ask(stranger.sign(header, bench.claims())) == "700027");

  json::object claims{bench.claims()};
  claims["aud"] = "https://elsewhere.test/token";
  CHECK(bench.ask(bench.signer.sign(bench.header("RS256"), claims)) == "700023");
  claims = bench.claims();
  claims["exp"] = bench.now() - 3600;
  CHECK(bench.ask(bench.signer.sign(bench.header("RS256"), claims)) == "700024");
  claims = bench.claims();
  claims["nbf"] = bench.now() + 3600;
  CHECK(bench.ask(bench.signer.sign(bench.header("RS256"), claims)) == "700024");
  claims = bench.claims();
  claims["sub"] = "somebody";
  CHECK(bench.ask(bench.signer.sign(bench.header("RS256"), claims)) == "700021");
  for (const auto nonsense : {"x", "a.b", "a.b.c", "..", "e30.e30.e30"}) {
    CAPTURE(nonsense);
    const std::string code{bench.ask(nonsense)};
    CHECK(code != "token");
  }
  json::object none{{"alg", "none"}, {"x5t", bench.signer.thumbprint(EVP_sha1())}};
  CHECK(bench.ask(bench.signer.sign(none, bench.claims())) == "700027");
}

TEST_CASE("another issuer's token is taken if the client trusts issuer, subject and audience") {
  AssertionBench bench;
  const json::object header{{"alg", "RS256"}, {"kid", "1"}};
  json::object claims{{"aud", "api://AzureADTokenExchange"},
                      {"iss", "https://issuer.test/cluster-1"},
                      {"sub", "system:sa:me"},
                      {"exp", bench.now() + 600}};
  const Signer issuer;
  CHECK(bench.ask(issuer.sign(header, claims)) == "token");
  claims["sub"] = "system:sa:other";
  CHECK(bench.ask(issuer.sign(header, claims)) == "70021");
}

TEST_CASE("a federated token must be signed by the issuer's key where one is given") {
  const Signer issuer, stranger;
  Client client{.tenant = "t", .id = "me", .secret = {}};
  client.federations = {
      {.issuer = "https://i.test", .subject = "s", .public_key = issuer.public_key()}};
  const TimePoint now{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23}};
  const auto epoch{std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch())};
  const json::object claims{{"aud", "api://AzureADTokenExchange"},
                            {"iss", "https://i.test"},
                            {"sub", "s"},
                            {"exp", epoch.count() + 60}};
  CHECK(!check_assertion(issuer.sign({{"alg", "RS256"}}, claims), client, {}, now));
  CHECK(check_assertion(stranger.sign({{"alg", "RS256"}}, claims), client, {}, now));
  CHECK(check_assertion(issuer.sign({{"alg", "RS256"}}, claims), client, {}, now + 1h));
}

TEST_CASE("id and secret may come as Basic credentials") {
  AssertionBench bench;
  // base64 of "22222222-2222-2222-2222-222222222222:emulator-secret"
  const std::string basic{
      "Basic MjIyMjIyMjItMjIyMi0yMjIyLTIyMjItMjIyMjIyMjIyMjIyOmVtdWxhdG9yLXNlY3JldA=="};
  const Response response{bench.cloud.send(
      "POST", "/" + bench.cloud.options.tenant + "/oauth2/v2.0/token",
      "grant_type=client_credentials&scope=x%2F.default", {{"Authorization", basic}})};
  CHECK(response.status == 200);
}

}  // namespace
}  // namespace spillway::emulator::client_assertion_test
