#include "controller/provider/aci/client_proof.hpp"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "controller/io/atomic_file.hpp"
#include "controller/io/base64.hpp"
#include "controller/provider/aci/text.hpp"

namespace spillway::aci {

namespace json = boost::json;

namespace {

constexpr std::size_t file_bytes_max{256 * 1024};
constexpr Duration assertion_life{std::chrono::minutes{10}};  // as Microsoft's libraries have it
constexpr std::string_view white_space{" \t\r\n"};
constexpr std::string_view jwt_bearer{"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"};

Result<std::string> read(std::string_view what, const std::string& path) {
  auto content = io::read_file(path, file_bytes_max);
  if (content) return content;
  return Error{Errc::denied, fmt::format("{}: {}", what, content.error().context)};
}

io::QueryParams assertion_fields(std::string assertion) {
  return {{"client_assertion_type", std::string{jwt_bearer}},
          {"client_assertion", std::move(assertion)}};
}

class Secret final : public ClientProof {
 public:
  explicit Secret(io::Secret secret) : secret_{std::move(secret)} {}

  Result<io::QueryParams> fields(TimePoint /*now*/) override {
    return io::QueryParams{{"client_secret", std::string{secret_.reveal()}}};
  }

 private:
  io::Secret secret_;
};

class Federated final : public ClientProof {
 public:
  explicit Federated(std::string file) : file_{std::move(file)} {}

  Result<io::QueryParams> fields(TimePoint /*now*/) override {
    const auto content = read("federated token file", file_);
    if (!content) return content.error();
    const std::size_t begin{content->find_first_not_of(white_space)};
    if (begin == std::string::npos) {
      return Error{Errc::denied, fmt::format("federated token file: {} is empty", file_)};
    }
    const std::size_t end{content->find_last_not_of(white_space)};
    return assertion_fields(content->substr(begin, end - begin + 1));
  }

 private:
  std::string file_;
};

class Certificate final : public ClientProof {
 public:
  Certificate(CertificateProof proof, io::Random& random)
      : proof_{std::move(proof)}, random_{random} {}

  Result<io::QueryParams> fields(TimePoint now) override {
    const auto pem = read("client certificate", proof_.pem_file);
    if (!pem) return pem.error();
    const auto signer = io::Signer::from_pem(*pem, proof_.password);
    if (!signer) {
      return Error{Errc::denied, fmt::format("{}: {}", proof_.pem_file, signer.error().context)};
    }
    if (signer->expires_at() <= now) {
      return Error{Errc::denied,
                   fmt::format("client certificate: {} expired at {}", proof_.pem_file,
                               spillway::to_string(signer->expires_at()))};
    }
    auto assertion = client_assertion(*signer, proof_, guid(random_), now);
    if (!assertion) return std::move(assertion).error();
    return assertion_fields(std::move(*assertion));
  }

 private:
  CertificateProof proof_;
  io::Random& random_;
};

json::object header_of(const io::Signer& signer, const CertificateProof& proof) {
  json::object header{{"typ", "JWT"}};
  if (proof.signature == io::SignatureKind::ps256) {
    header["alg"] = "PS256";
    header["x5t#S256"] = io::base64url(signer.sha256_thumbprint());
  } else {
    header["alg"] = "RS256";
    header["x5t"] = io::base64url(signer.sha1_thumbprint());
  }
  if (!proof.sends_chain) return header;
  json::array chain{};
  for (const std::string& der : signer.chain_der()) chain.emplace_back(io::base64(der));
  header["x5c"] = std::move(chain);
  return header;
}

}  // namespace

std::unique_ptr<ClientProof> secret_proof(io::Secret secret) {
  return std::make_unique<Secret>(std::move(secret));
}

std::unique_ptr<ClientProof> federated_proof(std::string token_file) {
  return std::make_unique<Federated>(std::move(token_file));
}

std::unique_ptr<ClientProof> certificate_proof(CertificateProof proof, io::Random& random) {
  return std::make_unique<Certificate>(std::move(proof), random);
}

Result<std::string> client_assertion(const io::Signer& signer, const CertificateProof& proof,
                                     const std::string& id, TimePoint now) {
  const auto epoch = [](TimePoint at) {
    return std::chrono::duration_cast<std::chrono::seconds>(at.time_since_epoch()).count();
  };
  const json::object claims{{"aud", proof.audience},
                            {"iss", proof.client_id},
                            {"sub", proof.client_id},
                            {"jti", id},
                            {"nbf", epoch(now)},
                            {"iat", epoch(now)},
                            {"exp", epoch(now + assertion_life)}};
  const std::string text{io::base64url(json::serialize(header_of(signer, proof))) + "." +
                         io::base64url(json::serialize(claims))};
  const auto signature = signer.sign(proof.signature, text);
  if (!signature) return signature.error();
  return text + "." + io::base64url(*signature);
}

}  // namespace spillway::aci
