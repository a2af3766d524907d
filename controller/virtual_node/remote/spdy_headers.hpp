// Header blocks of SPDY/3: names and values behind their lengths, packed by zlib with a dictionary
// that both sides know. One packer and one unpacker for all blocks of a connection, as each block
// may refer to those before. Unpacked blocks are limited: a few bytes can stand for many.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "controller/core/error.hpp"
#include "controller/io/http.hpp"

struct z_stream_s;

namespace spillway::virtual_node::spdy {

class Unpacker {
 public:
  Unpacker();
  ~Unpacker();
  Unpacker(const Unpacker&) = delete;
  Unpacker& operator=(const Unpacker&) = delete;

  /// Errors: `malformed`, `too_large`.
  Result<io::Headers> unpack(std::string_view packed);

 private:
  std::unique_ptr<z_stream_s> zlib_;
};

class Packer {
 public:
  Packer();
  ~Packer();
  Packer(const Packer&) = delete;
  Packer& operator=(const Packer&) = delete;

  std::string pack(const io::Headers& headers);

 private:
  std::unique_ptr<z_stream_s> zlib_;
};

/// The dictionary of the draft, section 2.6.10.1.
std::string_view spdy_dictionary();

}  // namespace spillway::virtual_node::spdy
