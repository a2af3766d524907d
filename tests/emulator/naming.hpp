// How things may be called: container groups, resource groups, DNS labels, environment variables,
// tags.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string_view>

#include "tests/emulator/arm_error.hpp"

namespace spillway::emulator {

/// 1-63 lower-case letters, digits and single hyphens, none at the ends.
bool is_group_name(std::string_view name);

/// 1-63 letters, digits, hyphens and underscores, a letter or digit at both ends.
bool is_profile_name(std::string_view name);

/// 1-90 word characters, dots, hyphens and parentheses, no dot at the end.
bool is_resource_group_name(std::string_view name);

/// 5-63 letters, digits and hyphens, a letter first, no hyphen last.
bool is_dns_label(std::string_view label);

/// 1-63 letters, digits and underscores, none at the ends.
bool is_variable_name(std::string_view name);

/// A region by the names that people read.
struct RegionNames {
  std::string_view display;    ///< of Resource Manager: East US
  std::string_view geography;  ///< US
  std::string_view retail;     ///< `location` of the Retail Prices API: US East
};

/// Of a region that we do not know, its own name is all there is.
RegionNames names_of_region(std::string_view region);

/// What is wrong with the member `tags` of `definition`: number, lengths, characters, prefixes.
std::optional<ArmError> validate_tags(const boost::json::object& definition);

}  // namespace spillway::emulator
