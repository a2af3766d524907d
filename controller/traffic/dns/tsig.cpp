#include "controller/traffic/dns/tsig.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "controller/io/base64.hpp"
#include "controller/io/hmac.hpp"

namespace spillway::dns {

namespace {

/// How far two clocks may be apart, in seconds: what RFC 8945 recommends.
constexpr std::uint16_t fudge{300};

std::string_view name_of(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::hmac_sha256:
      return "hmac-sha256";
    case Algorithm::hmac_sha384:
      return "hmac-sha384";
    case Algorithm::hmac_sha512:
      return "hmac-sha512";
  }
  return "hmac-sha256";
}

io::Digest digest_of(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::hmac_sha256:
      return io::Digest::sha256;
    case Algorithm::hmac_sha384:
      return io::Digest::sha384;
    case Algorithm::hmac_sha512:
      return io::Digest::sha512;
  }
  return io::Digest::sha256;
}

void append_time(std::string& bytes, std::int64_t at) {
  const auto seconds = static_cast<std::uint64_t>(at);
  append_u16(bytes, static_cast<std::uint16_t>((seconds >> 32U) & 0xFFFFU));
  append_u32(bytes, static_cast<std::uint32_t>(seconds & 0xFFFFFFFFU));
}

std::int64_t time_at(std::string_view bytes, std::size_t at) {
  return std::int64_t{u16_at(bytes, at)} * (std::int64_t{1} << 32U) + u32_at(bytes, at + 2);
}

/// What the code covers beside the message (section 4.3.3).
std::string variables(const Key& key, const Signature& signature) {
  std::string bytes{encode_name(key.name)};
  append_u16(bytes, dns_class::any);
  append_u32(bytes, 0);
  bytes += encode_name(name_of(key.algorithm));
  append_time(bytes, signature.signed_at);
  append_u16(bytes, signature.fudge);
  append_u16(bytes, static_cast<std::uint16_t>(signature.error));
  append_u16(bytes, static_cast<std::uint16_t>(signature.other.size()));
  return bytes + signature.other;
}

}  // namespace

Key key_of(const KeySettings& settings) {
  Key key{};
  key.name = settings.name;
  if (key.name.ends_with('.')) key.name.pop_back();
  std::transform(key.name.begin(), key.name.end(), key.name.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  key.secret = io::Secret{io::decode_base64(settings.secret).value_or("")};
  key.algorithm = settings.algorithm;
  return key;
}

SignedMessage sign(std::string bytes, const Key& key, std::int64_t now) {
  Signature signature{};
  signature.signed_at = now;
  signature.fudge = fudge;
  signature.original_id = u16_at(bytes, 0);
  const std::string code{
      io::hmac(digest_of(key.algorithm), key.secret, bytes + variables(key, signature))};

  std::string data{encode_name(name_of(key.algorithm))};
  append_time(data, now);
  append_u16(data, fudge);
  append_u16(data, static_cast<std::uint16_t>(code.size()));
  data += code;
  append_u16(data, signature.original_id);
  append_u16(data, 0);
  append_u16(data, 0);

  const auto additionals = static_cast<std::uint16_t>(u16_at(bytes, 10) + 1);
  bytes[10] = static_cast<char>(additionals >> 8U);
  bytes[11] = static_cast<char>(additionals & 0xFFU);
  bytes += encode_name(key.name);
  append_u16(bytes, type::tsig);
  append_u16(bytes, dns_class::any);
  append_u32(bytes, 0);
  append_u16(bytes, static_cast<std::uint16_t>(data.size()));
  bytes += data;
  return {std::move(bytes), code};
}

Result<Signature> parse_signature(const Record& record) {
  const Error malformed{Errc::malformed, "DNS message: the signature ends too early"};
  const std::string_view data{record.data};
  std::size_t at{0};
  auto algorithm = parse_name(data, at);
  if (!algorithm) return algorithm.error();
  if (data.size() - at < 10) return malformed;
  Signature signature{};
  signature.algorithm = std::move(*algorithm);
  signature.signed_at = time_at(data, at);
  signature.fudge = u16_at(data, at + 6);
  const std::size_t code_size{u16_at(data, at + 8)};
  at += 10;
  if (data.size() - at < code_size + 6) return malformed;
  signature.code = data.substr(at, code_size);
  at += code_size;
  signature.original_id = u16_at(data, at);
  signature.error = u16_at(data, at + 2);
  const std::size_t other_size{u16_at(data, at + 4)};
  at += 6;
  if (data.size() - at != other_size) return malformed;
  signature.other = data.substr(at);
  return signature;
}

Result<void> verify(std::string_view bytes, const Message& answer, const Key& key,
                    std::string_view request_code, std::int64_t now) {
  if (!answer.signature) return Error{Errc::malformed, "the answer is not signed"};
  const auto signature = parse_signature(*answer.signature);
  if (!signature) return signature.error();
  const bool is_by_our_key{answer.signature->name == key.name &&
                           signature->algorithm == name_of(key.algorithm)};
  if (!is_by_our_key) return Error{Errc::malformed, "the answer is signed with another key"};

  // The message as it was before the signature: one record less, and the id that was signed.
  std::string covered{};
  append_u16(covered, static_cast<std::uint16_t>(request_code.size()));
  covered += request_code;
  append_u16(covered, signature->original_id);
  covered += bytes.substr(2, 8);
  append_u16(covered, static_cast<std::uint16_t>(u16_at(bytes, 10) - 1));
  covered += bytes.substr(12, answer.signature_begin - 12);
  covered += variables(key, *signature);
  const std::string code{io::hmac(digest_of(key.algorithm), key.secret, covered)};
  if (!io::is_same_code(code, signature->code)) {
    return Error{Errc::denied, "the answer's signature is wrong: it is not from this server"};
  }
  const std::int64_t apart{now > signature->signed_at ? now - signature->signed_at
                                                      : signature->signed_at - now};
  if (signature->error == 0 && apart > signature->fudge) {
    return Error{Errc::denied, fmt::format("the answer was signed {} s away from our time", apart)};
  }
  return {};
}

}  // namespace spillway::dns
