#include "controller/io/web_socket_frames.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <utility>

#include "controller/io/base64.hpp"

namespace spillway::io {

namespace {

constexpr unsigned continuation{0x0};
constexpr unsigned text_frame{0x1};
constexpr unsigned binary_frame{0x2};
constexpr unsigned close_frame{0x8};
constexpr unsigned ping_frame{0x9};
constexpr unsigned pong_frame{0xA};
constexpr std::size_t control_max{125};

unsigned byte_at(std::string_view bytes, std::size_t at) {
  return static_cast<unsigned char>(bytes[at]);
}

char low_byte(std::uint64_t value) {
  return static_cast<char>(static_cast<unsigned char>(value & 0xFFU));
}

Error no_web_socket(std::string_view why) {
  return {Errc::malformed, fmt::format("not WebSocket: {}", why)};
}

void apply_mask(std::string& payload, std::string_view mask) {
  for (std::size_t i{0}; i < payload.size(); ++i) {
    payload[i] = static_cast<char>(byte_at(payload, i) ^ byte_at(mask, i % 4));
  }
}

unsigned opcode_of(WebSocketMessage::Kind kind) {
  switch (kind) {
    case WebSocketMessage::Kind::text:
      return text_frame;
    case WebSocketMessage::Kind::binary:
      return binary_frame;
    case WebSocketMessage::Kind::ping:
      return ping_frame;
    case WebSocketMessage::Kind::pong:
      return pong_frame;
    case WebSocketMessage::Kind::close:
      return close_frame;
  }
  return binary_frame;
}

}  // namespace

Result<std::vector<WebSocketMessage>> WebSocketReader::feed(std::string_view bytes) {
  std::vector<WebSocketMessage> messages{};
  if (is_closed_) return messages;
  pending_ += bytes;
  while (!is_closed_) {
    auto frame = next_frame();
    if (!frame) return frame.error();
    if (!*frame) break;
    auto message = take(std::move(**frame));
    if (!message) return message.error();
    if (!*message) continue;
    is_closed_ = (*message)->kind == WebSocketMessage::Kind::close;
    messages.push_back(std::move(**message));
  }
  return messages;
}

/// Nothing while its end has not arrived.
Result<std::optional<WebSocketReader::Frame>> WebSocketReader::next_frame() {
  if (pending_.size() < 2) return std::optional<Frame>{};
  const unsigned first{byte_at(pending_, 0)};
  const unsigned second{byte_at(pending_, 1)};
  if ((first & 0x70U) != 0) return no_web_socket("a reserved bit is set");
  const bool is_masked{(second & 0x80U) != 0};
  if (is_masked != (ours_ == WebSocketEnd::server)) {
    return no_web_socket(is_masked ? "a server's frame is masked" : "a client's frame is unmasked");
  }
  std::uint64_t size{second & 0x7FU};
  const std::size_t size_bytes{size == 127 ? std::size_t{8} : std::size_t{size == 126 ? 2U : 0U}};
  std::size_t header{2 + size_bytes};
  if (pending_.size() < header) return std::optional<Frame>{};
  if (size_bytes > 0) {
    size = 0;
    for (std::size_t i{2}; i < header; ++i) size = size << 8U | byte_at(pending_, i);
  }
  Frame frame{};
  frame.is_last = (first & 0x80U) != 0;
  frame.opcode = first & 0x0FU;
  const bool is_control{frame.opcode >= close_frame};
  if (is_control && (!frame.is_last || size > control_max)) {
    return no_web_socket("a control frame is too long or in parts");
  }
  const std::size_t held{partial_ ? partial_->bytes.size() : 0};
  if (!is_control && (size > message_max_ || held + size > message_max_)) {
    return Error{Errc::too_large,
                 fmt::format("a WebSocket message exceeds {} bytes", message_max_)};
  }
  const std::size_t mask_at{header};
  if (is_masked) header += 4;
  const auto payload_size = static_cast<std::size_t>(size);
  if (pending_.size() < header + payload_size) return std::optional<Frame>{};
  frame.payload = pending_.substr(header, payload_size);
  if (is_masked) apply_mask(frame.payload, std::string_view{pending_}.substr(mask_at, 4));
  pending_.erase(0, header + payload_size);
  return std::optional{std::move(frame)};
}

/// Nothing for a part that is not the last.
Result<std::optional<WebSocketMessage>> WebSocketReader::take(Frame frame) {
  using Kind = WebSocketMessage::Kind;
  WebSocketMessage message{Kind::binary, std::move(frame.payload)};
  switch (frame.opcode) {
    case ping_frame:
      message.kind = Kind::ping;
      return std::optional{std::move(message)};
    case pong_frame:
      message.kind = Kind::pong;
      return std::optional{std::move(message)};
    case close_frame:
      message.kind = Kind::close;
      return std::optional{std::move(message)};
    case text_frame:
    case binary_frame:
      if (partial_) return no_web_socket("a message begins inside another");
      if (frame.opcode == text_frame) message.kind = Kind::text;
      if (frame.is_last) return std::optional{std::move(message)};
      partial_ = std::move(message);
      return std::optional<WebSocketMessage>{};
    case continuation: {
      if (!partial_) return no_web_socket("a continuation of nothing");
      partial_->bytes += message.bytes;
      if (!frame.is_last) return std::optional<WebSocketMessage>{};
      return std::exchange(partial_, std::nullopt);
    }
    default:
      return no_web_socket(fmt::format("frames of kind {} are not defined", frame.opcode));
  }
}

std::string web_socket_frame(const WebSocketMessage& message,
                             const std::optional<WebSocketMask>& mask) {
  const std::size_t size{message.bytes.size()};
  std::string frame{low_byte(0x80U | opcode_of(message.kind))};
  const unsigned mask_bit{mask ? 0x80U : 0U};
  if (size < 126) {
    frame += low_byte(mask_bit | size);
  } else {
    const bool is_short{size <= 0xFFFF};
    frame += low_byte(mask_bit | (is_short ? 126U : 127U));
    for (int shift{is_short ? 8 : 56}; shift >= 0; shift -= 8) {
      frame += low_byte(std::uint64_t{size} >> static_cast<unsigned>(shift));
    }
  }
  if (!mask) return frame += message.bytes;
  std::string payload{message.bytes};
  const std::string_view key{mask->data(), mask->size()};
  apply_mask(payload, key);
  frame += key;
  return frame += payload;
}

WebSocketMessage web_socket_close(std::uint16_t status, std::string_view reason) {
  constexpr std::size_t reason_max{control_max - 2};
  std::string bytes{low_byte(status >> 8U), low_byte(status)};
  bytes += reason.substr(0, reason_max);
  return {WebSocketMessage::Kind::close, std::move(bytes)};
}

std::string web_socket_accept(std::string_view key) {
  // RFC 6455, section 1.3: not a secret, only a proof that the server speaks WebSocket.
  const std::string text{std::string{key} + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"};
  std::string digest(20, '\0');
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned size{0};
  const int is_done{EVP_Digest(text.data(), text.size(), bytes.data(), &size, EVP_sha1(), nullptr)};
  SPILLWAY_ASSERT(is_done == 1 && size == digest.size());
  std::ranges::transform(bytes.begin(), bytes.begin() + size, digest.begin(),
                         [](unsigned char byte) { return static_cast<char>(byte); });
  return base64(digest);
}

}  // namespace spillway::io
