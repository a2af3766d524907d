#include "controller/cli/known_workloads.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

#include "controller/cli/json_text.hpp"
#include "controller/settings/suggestion.hpp"

namespace spillway::cli {

std::string unknown_workload(const boost::json::object& status, std::string_view name) {
  std::vector<std::string> names{};
  for (const boost::json::value& each : list_of(status, "workloads")) {
    names.push_back(text_of(each.as_object(), "name"));
  }
  if (std::ranges::find(names, name) != names.end()) return {};
  const std::vector<std::string_view> known{names.begin(), names.end()};
  const auto meant{settings::nearest_word(name, known)};
  return fmt::format("there is no workload \"{}\"; {}", name,
                     meant           ? fmt::format("did you mean \"{}\"?", *meant)
                     : names.empty() ? "there are none"
                                     : fmt::format("there is {}", fmt::join(names, ", ")));
}

}  // namespace spillway::cli
