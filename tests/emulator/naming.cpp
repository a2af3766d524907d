#include "tests/emulator/naming.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "tests/emulator/text.hpp"

namespace spillway::emulator {
namespace {

namespace json = boost::json;

bool is_lower_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool is_letter_or_digit(char c) {
  return is_lower_or_digit(c) || (c >= 'A' && c <= 'Z');
}

struct NamedRegion {
  std::string_view region;
  RegionNames names;
};

constexpr std::array named_regions{
    NamedRegion{"eastus", {"East US", "US", "US East"}},
    NamedRegion{"eastus2", {"East US 2", "US", "US East 2"}},
    NamedRegion{"westus", {"West US", "US", "US West"}},
    NamedRegion{"westus2", {"West US 2", "US", "US West 2"}},
    NamedRegion{"swedencentral", {"Sweden Central", "Europe", "SE Central"}},
    NamedRegion{"westeurope", {"West Europe", "Europe", "EU West"}},
    NamedRegion{"northeurope", {"North Europe", "Europe", "EU North"}},
};

}  // namespace

RegionNames names_of_region(std::string_view region) {
  for (const NamedRegion& each : named_regions) {
    if (each.region == region) return each.names;
  }
  return {region, "Other", region};
}

bool is_group_name(std::string_view name) {
  return !name.empty() && name.size() <= 63 && name.front() != '-' && name.back() != '-' &&
         name.find("--") == std::string_view::npos &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return is_lower_or_digit(c) || c == '-'; });
}

bool is_profile_name(std::string_view name) {
  return !name.empty() && name.size() <= 63 && is_letter_or_digit(name.front()) &&
         is_letter_or_digit(name.back()) && std::all_of(name.begin(), name.end(), [](char c) {
           return is_letter_or_digit(c) || c == '-' || c == '_';
         });
}

bool is_resource_group_name(std::string_view name) {
  return !name.empty() && name.size() <= 90 && name.back() != '.' &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return is_lower_or_digit(c) || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' ||
                  c == '.' || c == '(' || c == ')' || static_cast<unsigned char>(c) >= 0x80;
         });
}

bool is_dns_label(std::string_view label) {
  return label.size() >= 5 && label.size() <= 63 && label.back() != '-' &&
         is_letter_or_digit(label.front()) && (label.front() < '0' || label.front() > '9') &&
         std::all_of(label.begin(), label.end(),
                     [](char c) { return is_letter_or_digit(c) || c == '-'; });
}

bool is_variable_name(std::string_view name) {
  return !name.empty() && name.size() <= 63 && name.front() != '_' && name.back() != '_' &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return is_letter_or_digit(c) || c == '_'; });
}

std::optional<ArmError> validate_tags(const json::object& definition) {
  const json::value* found{definition.if_contains("tags")};
  if (found == nullptr || !found->is_object()) return std::nullopt;
  const json::object& tags{found->get_object()};
  if (tags.size() > 50) {
    return bad_request("InvalidTags", "A resource has at most 50 tags.", "tags");
  }
  std::set<std::string> names;
  for (const auto& [key, value] : tags) {
    const std::string name{lower_text(key)};
    if (name.empty() || name.size() > 512 || value.get_string().size() > 256) {
      return bad_request("InvalidTagNameOrValue",
                         fmt::format("The tag '{}' is too long: names have 1 to 512, values up to "
                                     "256 characters.",
                                     name.substr(0, 60)),
                         "tags");
    }
    if (name.find_first_of("<>%&\\?/") != std::string::npos) {
      return bad_request("InvalidTagNameCharacters",
                         fmt::format("The tag name '{}' has one of the reserved characters "
                                     "<,>,%,&,\\,?,/.",
                                     name),
                         "tags");
    }
    if (name.starts_with("microsoft") || name.starts_with("azure") || name.starts_with("windows")) {
      return bad_request("ReservedTagName",
                         fmt::format("The tag name '{}' has a reserved prefix (microsoft, azure, "
                                     "windows).",
                                     name),
                         "tags");
    }
    if (!names.insert(name).second) {
      return bad_request("DuplicateTagName",
                         "Tag names are compared without case; '" + name + "' is there twice.",
                         "tags");
    }
  }
  return std::nullopt;
}

}  // namespace spillway::emulator
