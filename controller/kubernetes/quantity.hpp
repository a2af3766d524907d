// Amounts as Kubernetes writes them: `500m`, `1.5`, `2Gi`, `1e3`. Pure.
#pragma once

#include <optional>
#include <string_view>

namespace spillway::kubernetes {

/// The plain number that `text` means: cores, bytes or pieces. Suffixes are those of the API's
/// documentation of Quantity: n u m, k M G T P E (powers of 1000), Ki Mi Gi Ti Pi Ei (of 1024), or
/// an exponent. Nothing for anything else, for negative amounts and for those beyond 1e21.
/// Example: `250m` is 0.25, `2Gi` is 2147483648.
std::optional<double> parse_quantity(std::string_view text);

}  // namespace spillway::kubernetes
