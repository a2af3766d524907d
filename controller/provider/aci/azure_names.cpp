#include "controller/provider/aci/azure_names.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "controller/provider/aci/text.hpp"

namespace spillway::aci {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_letter(char c) {
  return is_lower(c) || (c >= 'A' && c <= 'Z');
}

/// Lower-case letters, digits and single hyphens, no hyphen first or last.
bool is_hyphenated(std::string_view name, std::size_t shortest, std::size_t longest) {
  if (name.size() < shortest || name.size() > longest || name.empty()) return false;
  if (name.front() == '-' || name.back() == '-') return false;
  return name.find("--") == std::string_view::npos &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return is_lower(c) || is_digit(c) || c == '-'; });
}

std::vector<std::string_view> segments_of(std::string_view path) {
  std::vector<std::string_view> found{};
  while (!path.empty()) {
    const std::size_t end{std::min(path.find('/'), path.size())};
    found.push_back(path.substr(0, end));
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return found;
}

}  // namespace

bool is_group_name(std::string_view name) {
  return is_hyphenated(name, 1, 63);
}

bool is_variable_name(std::string_view name) {
  return !name.empty() && name.size() <= 63 && name.front() != '_' && name.back() != '_' &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return is_letter(c) || is_digit(c) || c == '_'; });
}

bool is_volume_name(std::string_view name) {
  return is_hyphenated(name, 5, 63);
}

bool is_dns_stem(std::string_view name) {
  return is_hyphenated(name, 1, 52) && is_lower(name.front());
}

bool is_storage_account(std::string_view name) {
  return name.size() >= 3 && name.size() <= 24 &&
         std::all_of(name.begin(), name.end(), [](char c) { return is_lower(c) || is_digit(c); });
}

bool is_share_name(std::string_view name) {
  return is_hyphenated(name, 3, 63);
}

bool is_usable_port(int port) {
  static constexpr std::array<std::pair<int, int>, 10> reserved{{{22, 22},
                                                                 {1025, 1027},
                                                                 {3389, 3399},
                                                                 {9999, 9999},
                                                                 {19000, 19000},
                                                                 {19080, 19080},
                                                                 {19100, 19100},
                                                                 {19390, 19390},
                                                                 {20000, 30000},
                                                                 {49152, 65534}}};
  return port >= 1 && port <= 65535 &&
         std::none_of(reserved.begin(), reserved.end(), [&](const auto& range) {
           return port >= range.first && port <= range.second;
         });
}

bool is_tag_name(std::string_view name) {
  if (name.empty() || name.size() > 512) return false;
  if (name.find_first_of("<>%&\\?/") != std::string_view::npos) return false;
  const std::string text{lower(name)};
  return std::ranges::none_of(std::array{"microsoft", "azure", "windows", "spillway-"},
                              [&](const char* prefix) { return text.starts_with(prefix); });
}

bool is_resource_id(std::string_view id, std::string_view type) {
  // `/subscriptions/S/resourceGroups/G/providers/NAMESPACE/TYPE/NAME[/TYPE/NAME ...]`
  if (!id.starts_with('/')) return false;
  const auto parts = segments_of(id.substr(1));
  auto words = segments_of(type);
  const std::size_t names{words.size() - 1};
  if (parts.size() != 6 + 2 * names) return false;
  if (std::any_of(parts.begin(), parts.end(), [](auto part) { return part.empty(); })) return false;
  const bool is_placed{equals_ignoring_case(parts[0], "subscriptions") &&
                       equals_ignoring_case(parts[2], "resourceGroups") &&
                       equals_ignoring_case(parts[4], "providers") &&
                       equals_ignoring_case(parts[5], words[0])};
  if (!is_placed) return false;
  for (std::size_t i{0}; i < names; ++i) {
    if (!equals_ignoring_case(parts[6 + 2 * i], words[i + 1])) return false;
  }
  return true;
}

}  // namespace spillway::aci
