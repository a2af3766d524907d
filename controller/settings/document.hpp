// From bytes to a tree of values: the only place that touches the YAML library. Accepts any bytes;
// whatever is wrong becomes a complaint with its place, and never an exception or a crash.
#pragma once

#include <cstddef>
#include <string_view>

#include "controller/settings/node.hpp"

namespace spillway::settings {

/// Ten thousand workloads of forty lines each still fit.
inline constexpr std::size_t document_bytes_max{8U << 20U};
/// The deepest setting lies eight levels down.
inline constexpr std::size_t document_depth_max{32};
/// How many values aliases may stand for in total: "billion laughs" ends here.
inline constexpr std::size_t alias_values_max{1'000'000};

/// The map that `text` holds. Null after a complaint that leaves nothing to read: not UTF-8, not
/// YAML, not a map, empty, too large, too deep. Duplicate keys are reported and the first one kept.
NodePtr parse_document(std::string_view text, std::size_t file, Complaints& complaints);

}  // namespace spillway::settings
