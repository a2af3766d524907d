// One entry of a HAProxy map that follows a workload's burst replicas: while one of them gets
// requests it has one value, else another or none. For routing by key, as
// `use_backend %[req.hdr(host),map(FILE,base)]` does. Pure: commands as text, answers from text;
// whatever else is in the map is nobody's business here.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "controller/core/error.hpp"
#include "controller/traffic/haproxy/settings.hpp"

namespace spillway::haproxy {

/// Printable ASCII without spaces and without the characters that end or bend a command; 1 to 500.
bool is_valid_map_word(std::string_view text);

/// The entry of one workload: every part is a valid word, `otherwise` may be empty.
struct MapEntry {
  std::string file{};
  std::string key{};
  std::string value{};      ///< while burst replicas get requests
  std::string otherwise{};  ///< while none does; empty: no entry

  bool operator==(const MapEntry&) const = default;
};

/// Error: bad_request, if `workload` would not make valid words.
Result<MapEntry> entry_of(const MapSettings& settings, std::string_view workload);

/// Asks for what the map has under the entry's key.
std::string get_entry(const MapEntry& entry);

/// The answer to it: the value under `entry.key`; nothing if there is none. Errors: bad_request (no
/// such map; one that finds other entries by this key, so that ours would never be), denied,
/// malformed.
Result<std::optional<std::string>> parse_entry(std::string_view answer, const MapEntry& entry);

/// What brings the entry from `present` to what it shall be; nothing if it is so already. A value
/// that is neither of the entry's two is only replaced by the one for burst replicas: somebody
/// wrote it there on purpose.
std::optional<std::string> entry_step(const MapEntry& entry,
                                      const std::optional<std::string>& present, bool is_serving);

/// The answer to a step. Errors: as those of `parse_entry`.
Result<void> parse_entry_changed(std::string_view answer, const MapEntry& entry);

}  // namespace spillway::haproxy
