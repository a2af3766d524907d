// Signatures between two of us; that a real server agrees is in tests/contract/traffic.
#include "controller/traffic/dns/tsig.hpp"

#include <string>
#include <vector>

#include "controller/io/hmac.hpp"
#include "controller/traffic/dns/server.hpp"
#include "tests/support/printing.hpp"

namespace spillway::tsig_test {

using namespace spillway::dns;

namespace {

Key usual_key(Algorithm algorithm = Algorithm::hmac_sha256) {
  return key_of({.name = "Spillway.", .secret = "c2VjcmV0", .algorithm = algorithm});
}

std::string question() {
  Message message{};
  message.id = 4711;
  message.questions.push_back({"web.example", type::a, dns_class::in});
  return encode(message);
}

Message parsed(const std::string& bytes) {
  const auto message = parse_message(bytes);
  REQUIRE(message);
  return *message;
}

/// As a server signs: the question's code is covered, too (RFC 8945, section 5.3).
std::string answer_to(std::string_view request_code, const Key& key, std::int64_t now) {
  std::string bytes{sign(question(), key, now).bytes};
  const Record record{*parsed(bytes).signature};
  const Signature signature{*parse_signature(record)};
  std::string covered{};
  append_u16(covered, static_cast<std::uint16_t>(request_code.size()));
  covered += request_code;
  covered += question();
  covered += encode_name(key.name);
  append_u16(covered, dns_class::any);
  append_u32(covered, 0);
  covered += encode_name(signature.algorithm);
  covered += record.data.substr(encode_name(signature.algorithm).size(), 8);  // time and fudge
  append_u32(covered, 0);                                                     // error, other data
  const io::Digest digest{signature.code.size() == 32   ? io::Digest::sha256
                          : signature.code.size() == 48 ? io::Digest::sha384
                                                        : io::Digest::sha512};
  const std::string code{io::hmac(digest, key.secret, covered)};
  return bytes.replace(bytes.size() - 6 - code.size(), code.size(), code);
}

}  // namespace

TEST_CASE("a signature is the last record, and the rest is as before") {
  const Key key{usual_key()};
  const SignedMessage sent{sign(question(), key, 1'700'000'000)};
  const Message message{parsed(sent.bytes)};
  REQUIRE(message.signature);
  CHECK(message.signature->name == "spillway");
  CHECK(message.additionals.empty());
  CHECK(message.questions.size() == 1);
  CHECK(message.signature_begin == question().size());
  const auto signature = parse_signature(*message.signature);
  REQUIRE(signature);
  CHECK(signature->algorithm == "hmac-sha256");
  CHECK(signature->signed_at == 1'700'000'000);
  CHECK(signature->original_id == 4711);
  CHECK(signature->code == sent.code);
  CHECK(sent.code.size() == 32);
}

TEST_CASE("an answer is believed if it is signed by the key, for this question, about now") {
  for (const Algorithm algorithm :
       {Algorithm::hmac_sha256, Algorithm::hmac_sha384, Algorithm::hmac_sha512}) {
    const Key key{usual_key(algorithm)};
    const std::string sent{answer_to("the question's code", key, 1000)};
    const Message answer{parsed(sent)};
    CHECK(verify(sent, answer, key, "the question's code", 1000));
    CHECK(verify(sent, answer, key, "the question's code", 1300));
    CHECK(verify(sent, answer, key, "the question's code", 1301).error().code == Errc::denied);
    CHECK(verify(sent, answer, key, "another question's", 1000).error().code == Errc::denied);
    Key wrong{usual_key(algorithm)};
    wrong.secret = io::Secret{"wrong"};
    CHECK(verify(sent, answer, wrong, "the question's code", 1000).error().code == Errc::denied);
    std::string changed{sent};
    changed[13] = 'v';  // "web.example" becomes "veb.example"
    CHECK(verify(changed, parsed(changed), key, "the question's code", 1000).error().code ==
          Errc::denied);
  }
}

TEST_CASE("an answer without a signature, or by another key, is not believed") {
  const Key key{usual_key()};
  CHECK(verify(question(), parsed(question()), key, "", 0).error().context ==
        "the answer is not signed");
  Key other{usual_key()};
  other.name = "other";
  const SignedMessage sent{sign(question(), other, 1000)};
  CHECK(verify(sent.bytes, parsed(sent.bytes), key, "", 1000).error().context ==
        "the answer is signed with another key");
}

TEST_CASE("a signature that ends too early is malformed, wherever") {
  const Key key{usual_key()};
  const Message message{parsed(sign(question(), key, 1000).bytes)};
  REQUIRE(message.signature);
  for (std::size_t size{0}; size < message.signature->data.size(); ++size) {
    Record cut{*message.signature};
    cut.data.resize(size);
    CHECK_FALSE(parse_signature(cut));
  }
}

TEST_CASE("every response code has its reaction") {
  const auto code_of = [](unsigned response) {
    Message answer{};
    answer.flags = static_cast<std::uint16_t>(0x8000U | response);
    const auto error = refusal("updating", "example", answer, std::nullopt, 0);
    return error ? std::optional{error->code} : std::nullopt;
  };
  CHECK_FALSE(code_of(0));
  CHECK_FALSE(code_of(3));
  CHECK(code_of(1) == Errc::malformed);
  CHECK(code_of(2) == Errc::unavailable);
  CHECK(code_of(4) == Errc::bad_request);
  CHECK(code_of(5) == Errc::denied);
  for (const unsigned response : {6U, 7U, 8U}) CHECK(code_of(response) == Errc::transitioning);
  CHECK(code_of(9) == Errc::bad_request);
  CHECK(code_of(10) == Errc::bad_request);
  CHECK(code_of(15) == Errc::unavailable);
}

}  // namespace spillway::tsig_test
