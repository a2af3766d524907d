// DNS messages as values and as bytes (RFC 1035, RFC 2136): what an authoritative server is asked
// and told over TCP. No EDNS, no DNSSEC. Names are written without compression and read with it;
// they are lower case, without the dot at the end. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/core/error.hpp"

namespace spillway::dns {

namespace type {
inline constexpr std::uint16_t a{1};
inline constexpr std::uint16_t cname{5};
inline constexpr std::uint16_t soa{6};
inline constexpr std::uint16_t txt{16};
inline constexpr std::uint16_t aaaa{28};
inline constexpr std::uint16_t tsig{250};
}  // namespace type

namespace dns_class {
inline constexpr std::uint16_t in{1};
inline constexpr std::uint16_t none{254};
inline constexpr std::uint16_t any{255};
}  // namespace dns_class

enum class Opcode : std::uint16_t { query = 0, update = 5 };

struct Question {
  std::string name{};
  std::uint16_t type{0};
  std::uint16_t dns_class{dns_class::in};

  bool operator==(const Question&) const = default;
};

struct Record {
  std::string name{};
  std::uint16_t type{0};
  std::uint16_t dns_class{dns_class::in};
  std::uint32_t ttl{0};
  std::string data{};  ///< as on the wire; names in it may be compressed

  bool operator==(const Record&) const = default;
};

struct Message {
  std::uint16_t id{0};
  std::uint16_t flags{0};
  std::vector<Question> questions{};  ///< of an update: the zone
  std::vector<Record> answers{};      ///< of an update: what has to hold
  std::vector<Record> authorities{};  ///< of an update: the changes
  std::vector<Record> additionals{};  ///< without the signature
  std::optional<Record> signature{};  ///< a TSIG record, if it is the last one
  std::size_t signature_begin{0};     ///< its place in the bytes

  bool is_answer() const { return (flags & 0x8000U) != 0; }
  bool is_authoritative() const { return (flags & 0x0400U) != 0; }
  Opcode opcode() const { return static_cast<Opcode>((flags >> 11U) & 0xFU); }
  unsigned response_code() const { return flags & 0xFU; }
};

/// Flags of a question or update.
std::uint16_t flags_of(Opcode opcode);

/// The bytes, without `signature`. Names must be valid (`is_domain_name`) and data at most 65535
/// bytes.
std::string encode(const Message& message);

/// Error: `malformed`, saying where it ends too early or contradicts itself.
Result<Message> parse_message(std::string_view bytes);

/// A name as its labels.
std::string encode_name(std::string_view name);

/// The labels at `at`, which moves behind them. Error: `malformed`.
Result<std::string> parse_name(std::string_view bytes, std::size_t& at);

/// Big-endian numbers.
void append_u16(std::string& bytes, std::uint16_t number);
void append_u32(std::string& bytes, std::uint32_t number);
std::uint16_t u16_at(std::string_view bytes, std::size_t at);
std::uint32_t u32_at(std::string_view bytes, std::size_t at);

/// The data of a TXT record: `text` in pieces of 255 bytes.
std::string txt_data(std::string_view text);
/// The pieces of a TXT record as one; nothing if they do not fill it exactly.
std::optional<std::string> parse_txt(std::string_view data);

/// The 4 or 16 bytes of an address; nothing for anything else.
std::optional<std::string> address_data(std::string_view ip);

}  // namespace spillway::dns
