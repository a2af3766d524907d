#include "controller/virtual_node/remote/spdy_frames.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "controller/virtual_node/remote/spdy_headers.hpp"

namespace spillway::virtual_node::spdy {

namespace {

constexpr unsigned version{3};
constexpr unsigned syn_stream{1};
constexpr unsigned syn_reply{2};
constexpr unsigned rst_stream{3};
constexpr unsigned settings{4};
constexpr unsigned ping{6};
constexpr unsigned go_away{7};
constexpr unsigned headers_frame{8};
constexpr unsigned window_update{9};
constexpr unsigned flag_last{0x01};
constexpr std::uint32_t id_mask{0x7FFFFFFF};
constexpr std::size_t frame_header{8};
/// What one data frame carries at most when we write it.
constexpr std::size_t piece_max{32 * 1024};

std::uint32_t number_at(std::string_view bytes, std::size_t at, std::size_t size = 4) {
  std::uint32_t value{0};
  for (const char byte : bytes.substr(at, size)) {
    value = value << 8U | static_cast<unsigned char>(byte);
  }
  return value;
}

std::string number(std::uint32_t value, unsigned size = 4) {
  std::string bytes{};
  for (unsigned left{size}; left > 0; --left) {
    bytes += static_cast<char>(static_cast<unsigned char>(value >> (8U * (left - 1)) & 0xFFU));
  }
  return bytes;
}

std::string control(unsigned type, bool is_last, std::string_view content) {
  std::string frame{number(0x80000000U | version << 16U | type)};
  frame += number(is_last ? flag_last : 0U, 1);
  frame += number(static_cast<std::uint32_t>(content.size()), 3);
  return frame += content;
}

std::string data_frame(StreamId stream, bool is_last, std::string_view bytes) {
  std::string frame{number(stream)};
  frame += number(is_last ? flag_last : 0U, 1);
  frame += number(static_cast<std::uint32_t>(bytes.size()), 3);
  return frame += bytes;
}

Error no_spdy(std::string_view why) {
  return {Errc::malformed, fmt::format("not SPDY/3.1: {}", why)};
}

}  // namespace

FrameReader::FrameReader() : unpacker_{std::make_unique<Unpacker>()} {}
FrameReader::~FrameReader() = default;

Result<std::vector<Frame>> FrameReader::feed(std::string_view bytes) {
  pending_ += bytes;
  std::vector<Frame> frames{};
  std::string_view rest{pending_};
  while (rest.size() >= frame_header) {
    const std::uint32_t first{number_at(rest, 0)};
    const unsigned flags{number_at(rest, 4, 1)};
    const std::size_t size{number_at(rest, 5, 3)};
    if (size > frame_bytes_max) {
      return Error{Errc::too_large, fmt::format("SPDY: a frame exceeds {} bytes", frame_bytes_max)};
    }
    if (rest.size() < frame_header + size) break;
    const std::string_view content{rest.substr(frame_header, size)};
    rest.remove_prefix(frame_header + size);
    const bool is_control{(first & 0x80000000U) != 0};
    if (!is_control) {
      frames.emplace_back(Data{first, (flags & flag_last) != 0, std::string{content}});
      continue;
    }
    if ((first >> 16U & 0x7FFFU) != version) return no_spdy("another version");
    auto frame = control_frame(first & 0xFFFFU, flags, content);
    if (!frame) return frame.error();
    frames.push_back(std::move(*frame));
  }
  pending_.erase(0, pending_.size() - rest.size());
  return frames;
}

Result<Frame> FrameReader::control_frame(unsigned type, unsigned flags, std::string_view content) {
  const bool is_last{(flags & flag_last) != 0};
  const auto is_short = [content](std::size_t size) { return content.size() < size; };
  switch (type) {
    case syn_stream: {
      if (is_short(10)) return no_spdy("SYN_STREAM is cut off");
      auto headers = unpacker_->unpack(content.substr(10));
      if (!headers) return headers.error();
      return Frame{SynStream{number_at(content, 0) & id_mask, is_last, std::move(*headers)}};
    }
    case syn_reply: {
      if (is_short(4)) return no_spdy("SYN_REPLY is cut off");
      auto headers = unpacker_->unpack(content.substr(4));
      if (!headers) return headers.error();
      return Frame{SynReply{number_at(content, 0) & id_mask, is_last, std::move(*headers)}};
    }
    case headers_frame: {
      if (is_short(4)) return no_spdy("HEADERS is cut off");
      // Unpacked for those that follow, which may refer to it.
      const auto headers = unpacker_->unpack(content.substr(4));
      if (!headers) return headers.error();
      return Frame{Other{type}};
    }
    case rst_stream:
      if (content.size() != 8) return no_spdy("RST_STREAM has another size");
      return Frame{RstStream{number_at(content, 0) & id_mask, number_at(content, 4)}};
    case ping:
      if (content.size() != 4) return no_spdy("PING has another size");
      return Frame{Ping{number_at(content, 0)}};
    case go_away:
      if (content.size() != 8) return no_spdy("GOAWAY has another size");
      return Frame{GoAway{number_at(content, 0) & id_mask, number_at(content, 4)}};
    case settings:
      if (is_short(4) || content.size() != 4 + std::size_t{8} * number_at(content, 0)) {
        return no_spdy("SETTINGS has another size");
      }
      return Frame{Other{type}};
    case window_update:
      if (content.size() != 8) return no_spdy("WINDOW_UPDATE has another size");
      return Frame{Other{type}};
    default:
      return Frame{Other{type}};  // the draft has unknown ones ignored
  }
}

FrameWriter::FrameWriter() : packer_{std::make_unique<Packer>()} {}
FrameWriter::~FrameWriter() = default;

std::string FrameWriter::bytes(const Frame& frame) {
  if (const auto* const data = std::get_if<Data>(&frame)) {
    std::string frames{};
    std::string_view rest{data->bytes};
    do {
      const std::string_view piece{rest.substr(0, piece_max)};
      rest.remove_prefix(piece.size());
      frames += data_frame(data->stream, data->is_last && rest.empty(), piece);
    } while (!rest.empty());
    return frames;
  }
  if (const auto* const opened = std::get_if<SynStream>(&frame)) {
    // No stream that it belongs to, the highest priority, no credential.
    return control(
        syn_stream, opened->is_last,
        number(opened->stream) + number(0) + number(0, 2) + packer_->pack(opened->headers));
  }
  if (const auto* const reply = std::get_if<SynReply>(&frame)) {
    return control(syn_reply, reply->is_last,
                   number(reply->stream) + packer_->pack(reply->headers));
  }
  if (const auto* const reset = std::get_if<RstStream>(&frame)) {
    return control(rst_stream, false, number(reset->stream) + number(reset->status));
  }
  if (const auto* const asked = std::get_if<Ping>(&frame)) {
    return control(ping, false, number(asked->id));
  }
  if (const auto* const end = std::get_if<GoAway>(&frame)) {
    return control(go_away, false, number(end->last_stream) + number(end->status));
  }
  return {};
}

}  // namespace spillway::virtual_node::spdy
