// What the fuzz targets share: the input as text, and the way to say that a promise was broken.
#pragma once

#include <cstdint>
#include <string_view>

#include "controller/core/error.hpp"

namespace spillway::fuzz {

inline std::string_view text(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

}  // namespace spillway::fuzz
