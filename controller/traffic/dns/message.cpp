#include "controller/traffic/dns/message.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <utility>

namespace spillway::dns {

namespace {

constexpr std::size_t header_bytes{12};
constexpr std::size_t name_bytes_max{255};
constexpr std::size_t label_bytes_max{63};
/// A compressed name goes on somewhere before; no real one does so more often.
constexpr int jumps_max{64};

Error malformed(std::string_view what) {
  return {Errc::malformed, fmt::format("DNS message: {}", what)};
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

void append(std::string& bytes, const Record& record) {
  bytes += encode_name(record.name);
  append_u16(bytes, record.type);
  append_u16(bytes, record.dns_class);
  append_u32(bytes, record.ttl);
  SPILLWAY_ASSERT(record.data.size() <= 65535);
  append_u16(bytes, static_cast<std::uint16_t>(record.data.size()));
  bytes += record.data;
}

Result<Question> parse_question(std::string_view bytes, std::size_t& at) {
  auto name = parse_name(bytes, at);
  if (!name) return name.error();
  if (bytes.size() - at < 4) return malformed("ends within a question");
  Question question{std::move(*name), u16_at(bytes, at), u16_at(bytes, at + 2)};
  at += 4;
  return question;
}

Result<Record> parse_record(std::string_view bytes, std::size_t& at) {
  auto name = parse_name(bytes, at);
  if (!name) return name.error();
  if (bytes.size() - at < 10) return malformed("ends within a record");
  Record record{
      std::move(*name), u16_at(bytes, at), u16_at(bytes, at + 2), u32_at(bytes, at + 4), {}};
  const std::size_t size{u16_at(bytes, at + 8)};
  at += 10;
  if (bytes.size() - at < size) return malformed("ends within the data of a record");
  record.data = bytes.substr(at, size);
  at += size;
  return record;
}

}  // namespace

void append_u16(std::string& bytes, std::uint16_t number) {
  bytes += static_cast<char>(number >> 8U);
  bytes += static_cast<char>(number & 0xFFU);
}

void append_u32(std::string& bytes, std::uint32_t number) {
  append_u16(bytes, static_cast<std::uint16_t>(number >> 16U));
  append_u16(bytes, static_cast<std::uint16_t>(number & 0xFFFFU));
}

std::uint16_t u16_at(std::string_view bytes, std::size_t at) {
  SPILLWAY_ASSERT(at + 2 <= bytes.size());
  return static_cast<std::uint16_t>(static_cast<unsigned char>(bytes[at]) * 256U +
                                    static_cast<unsigned char>(bytes[at + 1]));
}

std::uint32_t u32_at(std::string_view bytes, std::size_t at) {
  return std::uint32_t{u16_at(bytes, at)} * 65536U + u16_at(bytes, at + 2);
}

std::uint16_t flags_of(Opcode opcode) {
  return static_cast<std::uint16_t>(static_cast<unsigned>(opcode) << 11U);
}

std::string encode_name(std::string_view name) {
  std::string bytes{};
  if (name.ends_with('.')) name.remove_suffix(1);
  while (!name.empty()) {
    const std::string_view label{name.substr(0, name.find('.'))};
    SPILLWAY_ASSERT(!label.empty() && label.size() <= label_bytes_max);
    bytes += static_cast<char>(label.size());
    for (const char c : label) bytes += lower(c);
    name.remove_prefix(std::min(name.size(), label.size() + 1));
  }
  bytes += '\0';
  return bytes;
}

Result<std::string> parse_name(std::string_view bytes, std::size_t& at) {
  std::string name{};
  std::size_t here{at};
  bool has_jumped{false};
  for (int jumps{0};;) {
    if (here >= bytes.size()) return malformed("ends within a name");
    const std::size_t size{static_cast<unsigned char>(bytes[here])};
    if ((size & 0xC0U) == 0xC0U) {
      if (bytes.size() - here < 2) return malformed("ends within a name");
      const std::size_t target{u16_at(bytes, here) & 0x3FFFU};
      if (!has_jumped) at = here + 2;
      has_jumped = true;
      if (target >= here || ++jumps > jumps_max) return malformed("a name that does not end");
      here = target;
      continue;
    }
    if (size > label_bytes_max) return malformed("a label of an unknown kind");
    if (size == 0) break;
    if (bytes.size() - here - 1 < size) return malformed("ends within a name");
    if (!name.empty()) name += '.';
    for (const char c : bytes.substr(here + 1, size)) {
      // Such names exist and are nobody's of ours; they must not look like other names.
      name += c == '.' || static_cast<unsigned char>(c) <= ' ' ? '?' : lower(c);
    }
    if (name.size() > name_bytes_max) return malformed("a name that is too long");
    here += 1 + size;
  }
  if (!has_jumped) at = here + 1;
  return name;
}

std::string encode(const Message& message) {
  std::string bytes{};
  append_u16(bytes, message.id);
  append_u16(bytes, message.flags);
  append_u16(bytes, static_cast<std::uint16_t>(message.questions.size()));
  append_u16(bytes, static_cast<std::uint16_t>(message.answers.size()));
  append_u16(bytes, static_cast<std::uint16_t>(message.authorities.size()));
  append_u16(bytes, static_cast<std::uint16_t>(message.additionals.size()));
  for (const Question& question : message.questions) {
    bytes += encode_name(question.name);
    append_u16(bytes, question.type);
    append_u16(bytes, question.dns_class);
  }
  for (const Record& record : message.answers) append(bytes, record);
  for (const Record& record : message.authorities) append(bytes, record);
  for (const Record& record : message.additionals) append(bytes, record);
  return bytes;
}

Result<Message> parse_message(std::string_view bytes) {
  if (bytes.size() < header_bytes) return malformed("shorter than its header");
  Message message{};
  message.id = u16_at(bytes, 0);
  message.flags = u16_at(bytes, 2);
  std::size_t at{header_bytes};
  for (unsigned i{u16_at(bytes, 4)}; i > 0; --i) {
    auto question = parse_question(bytes, at);
    if (!question) return question.error();
    message.questions.push_back(std::move(*question));
  }
  std::vector<Record>* const sections[]{&message.answers, &message.authorities,
                                        &message.additionals};
  std::size_t count_at{6};
  std::size_t last_begin{0};
  for (std::vector<Record>* const section : sections) {
    for (unsigned i{u16_at(bytes, count_at)}; i > 0; --i) {
      last_begin = at;
      auto record = parse_record(bytes, at);
      if (!record) return record.error();
      section->push_back(std::move(*record));
    }
    count_at += 2;
  }
  if (at != bytes.size()) return malformed("goes on after its end");
  if (!message.additionals.empty() && message.additionals.back().type == type::tsig) {
    message.signature = std::move(message.additionals.back());
    message.additionals.pop_back();
    message.signature_begin = last_begin;
  }
  return message;
}

std::string txt_data(std::string_view text) {
  constexpr std::size_t piece_max{255};
  std::string data{};
  do {
    const std::string_view piece{text.substr(0, piece_max)};
    data += static_cast<char>(piece.size());
    data += piece;
    text.remove_prefix(piece.size());
  } while (!text.empty());
  return data;
}

std::optional<std::string> parse_txt(std::string_view data) {
  std::string text{};
  while (!data.empty()) {
    const std::size_t size{static_cast<unsigned char>(data.front())};
    if (data.size() - 1 < size) return std::nullopt;
    text += data.substr(1, size);
    data.remove_prefix(1 + size);
  }
  return text;
}

std::optional<std::string> address_data(std::string_view ip) {
  boost::system::error_code failure{};
  const auto address{boost::asio::ip::make_address(ip, failure)};
  if (failure) return std::nullopt;
  if (address.is_v4()) {
    const auto bytes{address.to_v4().to_bytes()};
    return std::string{bytes.begin(), bytes.end()};
  }
  const auto bytes{address.to_v6().to_bytes()};
  return std::string{bytes.begin(), bytes.end()};
}

}  // namespace spillway::dns
