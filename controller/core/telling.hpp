// Words of a decision, for a person. A backtest decides a hundred thousand times where nobody
// reads, and formatting would cost as much as deciding.
#pragma once

#include <fmt/format.h>

#include <string>
#include <utility>

#include "controller/core/snapshot.hpp"

namespace spillway {

/// The formatted words; none where nobody reads them.
template <class... Args>
std::string told(const Snapshot& now, fmt::format_string<Args...> words, Args&&... args) {
  return now.has_reader ? fmt::format(words, std::forward<Args>(args)...) : std::string{};
}

}  // namespace spillway
