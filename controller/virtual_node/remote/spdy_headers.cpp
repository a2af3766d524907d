#include "controller/virtual_node/remote/spdy_headers.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <optional>

#include "controller/virtual_node/remote/spdy_frames.hpp"

namespace spillway::virtual_node::spdy {

namespace {

std::string four_bytes(std::size_t value) {
  std::string bytes{};
  for (const unsigned shift : {24U, 16U, 8U, 0U}) {
    bytes += static_cast<char>(static_cast<unsigned char>(value >> shift & 0xFFU));
  }
  return bytes;
}

/// zlib takes what it reads as non-const for C's sake and does not write through it.
Bytef* zlib_bytes(std::string_view text) {
  return reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
}

/// Reads lengths and what is behind them.
class BlockReader {
 public:
  explicit BlockReader(std::string_view block) : block_{block} {}

  std::optional<std::size_t> length() {
    if (block_.size() < 4) return std::nullopt;
    std::size_t value{0};
    for (const char byte : block_.substr(0, 4)) {
      value = value << 8U | static_cast<unsigned char>(byte);
    }
    block_.remove_prefix(4);
    return value;
  }

  std::optional<std::string> text() {
    const auto size = length();
    if (!size || *size > block_.size()) return std::nullopt;
    std::string text{block_.substr(0, *size)};
    block_.remove_prefix(*size);
    return text;
  }

 private:
  std::string_view block_;
};

Result<io::Headers> parse_block(std::string_view block) {
  const Error cut{Errc::malformed, "SPDY: a header block ends too early"};
  BlockReader reader{block};
  const auto count = reader.length();
  if (!count) return cut;
  if (*count > header_fields_max) {
    return Error{Errc::too_large,
                 fmt::format("SPDY: a header block exceeds {} fields", header_fields_max)};
  }
  io::Headers headers{};
  for (std::size_t i{0}; i < *count; ++i) {
    auto name = reader.text();
    auto value = reader.text();
    if (!name || !value) return cut;
    headers.add(std::move(*name), std::move(*value));
  }
  return headers;
}

std::string make_dictionary() {
  // Each with its length in front, as in a block.
  static constexpr std::array<std::string_view, 65> words{"options",
                                                          "head",
                                                          "post",
                                                          "put",
                                                          "delete",
                                                          "trace",
                                                          "accept",
                                                          "accept-charset",
                                                          "accept-encoding",
                                                          "accept-language",
                                                          "accept-ranges",
                                                          "age",
                                                          "allow",
                                                          "authorization",
                                                          "cache-control",
                                                          "connection",
                                                          "content-base",
                                                          "content-encoding",
                                                          "content-language",
                                                          "content-length",
                                                          "content-location",
                                                          "content-md5",
                                                          "content-range",
                                                          "content-type",
                                                          "date",
                                                          "etag",
                                                          "expect",
                                                          "expires",
                                                          "from",
                                                          "host",
                                                          "if-match",
                                                          "if-modified-since",
                                                          "if-none-match",
                                                          "if-range",
                                                          "if-unmodified-since",
                                                          "last-modified",
                                                          "location",
                                                          "max-forwards",
                                                          "pragma",
                                                          "proxy-authenticate",
                                                          "proxy-authorization",
                                                          "range",
                                                          "referer",
                                                          "retry-after",
                                                          "server",
                                                          "te",
                                                          "trailer",
                                                          "transfer-encoding",
                                                          "upgrade",
                                                          "user-agent",
                                                          "vary",
                                                          "via",
                                                          "warning",
                                                          "www-authenticate",
                                                          "method",
                                                          "get",
                                                          "status",
                                                          "200 OK",
                                                          "version",
                                                          "HTTP/1.1",
                                                          "url",
                                                          "public",
                                                          "set-cookie",
                                                          "keep-alive",
                                                          "origin"};
  // And these without.
  static constexpr std::string_view more{
      "100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505"
      "203 Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Request"
      "401 Unauthorized403 Forbidden404 Not Found500 Internal Server Error501 Not Implemented"
      "503 Service UnavailableJan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00"
      " Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMTchunked,text/html,image/png,image/jpg,image/gif,"
      "application/xml,application/xhtml+xml,text/plain,text/javascript,publicprivatemax-age="
      "gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0."};
  std::string dictionary{};
  for (const std::string_view word : words) {
    dictionary += four_bytes(word.size()) + std::string{word};
  }
  dictionary += more;
  return dictionary;
}

}  // namespace

std::string_view spdy_dictionary() {
  static const std::string dictionary{make_dictionary()};
  return dictionary;
}

Unpacker::Unpacker() : zlib_{std::make_unique<z_stream_s>()} {
  *zlib_ = {};
  const int begun{inflateInit(zlib_.get())};
  SPILLWAY_ASSERT(begun == Z_OK);
}

Unpacker::~Unpacker() {
  inflateEnd(zlib_.get());
}

Result<io::Headers> Unpacker::unpack(std::string_view packed) {
  std::string block{};
  std::array<Bytef, 4096> space{};
  zlib_->next_in = zlib_bytes(packed);
  zlib_->avail_in = static_cast<uInt>(packed.size());
  bool has_more{true};
  while (has_more) {
    zlib_->next_out = space.data();
    zlib_->avail_out = static_cast<uInt>(space.size());
    int done{inflate(zlib_.get(), Z_SYNC_FLUSH)};
    if (done == Z_NEED_DICT) {
      const std::string_view dictionary{spdy_dictionary()};
      done = inflateSetDictionary(zlib_.get(), zlib_bytes(dictionary),
                                  static_cast<uInt>(dictionary.size()));
      if (done == Z_OK) continue;
    }
    const bool is_dry{done == Z_BUF_ERROR && zlib_->avail_in == 0};
    if (done != Z_OK && !is_dry) {
      return Error{Errc::malformed, "SPDY: a header block cannot be unpacked"};
    }
    const std::size_t size{space.size() - zlib_->avail_out};
    block.append(reinterpret_cast<const char*>(space.data()), size);
    if (block.size() > header_bytes_max) {
      return Error{Errc::too_large,
                   fmt::format("SPDY: a header block exceeds {} bytes", header_bytes_max)};
    }
    has_more = zlib_->avail_out == 0 || (zlib_->avail_in > 0 && !is_dry);
  }
  return parse_block(block);
}

Packer::Packer() : zlib_{std::make_unique<z_stream_s>()} {
  *zlib_ = {};
  const int begun{deflateInit(zlib_.get(), Z_DEFAULT_COMPRESSION)};
  const std::string_view dictionary{spdy_dictionary()};
  const int taught{deflateSetDictionary(zlib_.get(), zlib_bytes(dictionary),
                                        static_cast<uInt>(dictionary.size()))};
  SPILLWAY_ASSERT(begun == Z_OK && taught == Z_OK);
}

Packer::~Packer() {
  deflateEnd(zlib_.get());
}

std::string Packer::pack(const io::Headers& headers) {
  std::string block{four_bytes(headers.size())};
  for (const auto& [name, value] : headers) {
    std::string lower{name};
    std::ranges::transform(lower, lower.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    block += four_bytes(lower.size()) + lower;
    block += four_bytes(value.size()) + value;
  }
  std::string packed{};
  std::array<Bytef, 4096> space{};
  zlib_->next_in = zlib_bytes(block);
  zlib_->avail_in = static_cast<uInt>(block.size());
  bool has_more{true};
  while (has_more) {
    zlib_->next_out = space.data();
    zlib_->avail_out = static_cast<uInt>(space.size());
    const int done{deflate(zlib_.get(), Z_SYNC_FLUSH)};
    SPILLWAY_ASSERT(done == Z_OK || done == Z_BUF_ERROR);
    packed.append(reinterpret_cast<const char*>(space.data()), space.size() - zlib_->avail_out);
    has_more = zlib_->avail_out == 0;
  }
  return packed;
}

}  // namespace spillway::virtual_node::spdy
