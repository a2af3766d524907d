#include "controller/traffic/haproxy/map_entry.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "controller/io/http.hpp"
#include "controller/traffic/haproxy/names.hpp"
#include "controller/traffic/haproxy/wording.hpp"

namespace spillway::haproxy {

namespace {

Error refusal(std::string_view answer, const MapEntry& entry) {
  if (says(answer, "Permission denied")) {
    return {Errc::denied,
            "HAProxy says `Permission denied`: its `stats socket` needs `level admin`"};
  }
  if (says(answer, "Unknown map identifier")) {
    return {Errc::bad_request,
            fmt::format("HAProxy has no map {}: write `map.file` as HAProxy's own config does, in "
                        "which a `map(...)` has to use it",
                        entry.file)};
  }
  if (is_blank(answer)) return {Errc::malformed, "an empty answer"};
  return {Errc::bad_request, fmt::format("HAProxy says `{}`", io::excerpt(answer))};
}

/// The text between `, NAME="` and the quote that ends it, which is the one before `after`: values
/// of others may have quotes in them.
std::optional<std::string_view> quoted_field(std::string_view line, std::string_view name,
                                             std::string_view after) {
  const std::string begin{fmt::format(", {}=\"", name)};
  const std::size_t at{line.find(begin)};
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view rest{line.substr(at + begin.size())};
  const std::size_t end{rest.find(after)};
  if (end == std::string_view::npos) return std::nullopt;
  return rest.substr(0, end);
}

}  // namespace

bool is_valid_map_word(std::string_view text) {
  return !text.empty() && text.size() <= 500 && is_valid_options(text) &&
         text.find(' ') == std::string_view::npos;
}

Result<MapEntry> entry_of(const MapSettings& settings, std::string_view workload) {
  MapEntry entry{.file = settings.file,
                 .key = with_workload(settings.key, workload),
                 .value = with_workload(settings.value, workload),
                 .otherwise = with_workload(settings.otherwise, workload)};
  for (const std::string_view word : {entry.file, entry.key, entry.value}) {
    if (!is_valid_map_word(word)) {
      return Error{Errc::bad_request,
                   fmt::format("`{}` cannot be a word of a HAProxy map", io::excerpt(word, 80))};
    }
  }
  if (!entry.otherwise.empty() && !is_valid_map_word(entry.otherwise)) {
    return Error{Errc::bad_request, "`map.otherwise` cannot be a word of a HAProxy map"};
  }
  return entry;
}

std::string get_entry(const MapEntry& entry) {
  return fmt::format("get map {} {}", entry.file, entry.key);
}

Result<std::optional<std::string>> parse_entry(std::string_view answer, const MapEntry& entry) {
  if (!answer.starts_with("type=")) return refusal(answer, entry);
  // A line for each way in which HAProxy's config looks into the map.
  std::optional<std::string> value{};
  while (!answer.empty()) {
    const std::size_t end{answer.find('\n')};
    if (end == std::string_view::npos) return Error{Errc::malformed, "get map: truncated"};
    const std::string_view line{answer.substr(0, end)};
    answer.remove_prefix(end + 1);
    if (is_blank(line) || says(line, ", found=no")) continue;
    const auto key{quoted_field(line, "key", "\", value=")};
    const auto found{quoted_field(line, "value", "\", type=")};
    if (!key || !found) return Error{Errc::malformed, "get map: no line of HAProxy's"};
    if (*key != entry.key) {
      return Error{Errc::bad_request,
                   fmt::format("the map {} finds the entry `{}` by the key {}, which would hide "
                               "ours: use a map of whole keys, such as `map_str`",
                               entry.file, io::excerpt(*key, 80), entry.key)};
    }
    value = std::string{*found};
  }
  return value;
}

std::optional<std::string> entry_step(const MapEntry& entry,
                                      const std::optional<std::string>& present, bool is_serving) {
  const bool is_to_be_there{is_serving || !entry.otherwise.empty()};
  const std::string& wanted{is_serving ? entry.value : entry.otherwise};
  if (!present) {
    if (!is_to_be_there) return std::nullopt;
    return fmt::format("add map {} {} {}", entry.file, entry.key, wanted);
  }
  const bool is_so_already{is_to_be_there && *present == wanted};
  const bool is_of_others{!is_serving && *present != entry.value};
  if (is_so_already || is_of_others) return std::nullopt;
  if (!is_to_be_there) return fmt::format("del map {} {}", entry.file, entry.key);
  return fmt::format("set map {} {} {}", entry.file, entry.key, wanted);
}

Result<void> parse_entry_changed(std::string_view answer, const MapEntry& entry) {
  if (is_blank(answer)) return {};
  return refusal(answer, entry);
}

}  // namespace spillway::haproxy
