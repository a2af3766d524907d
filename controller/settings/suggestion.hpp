// "Did you mean": the known word nearest to a misspelt one. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace spillway::settings {

/// Edits that turn `a` into `b`: insert, delete, replace, swap neighbours (Damerau-Levenshtein,
/// optimal string alignment). Example: `taget` and `target`: 1; `act` and `atc`: 1.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The known word that `word` was probably meant to be, regardless of case and of `-` for `_`;
/// nothing if none is near. First what other autoscalers call so (`scale_down`: `scale_in`). One
/// edit is allowed per three letters, at least one. Failing that, the only one whose words begin
/// with those of `word` or the other way round, plural or not (`metrics` and `metric_sources`), or
/// the only one that begins or ends with `word` (`alloc`, `allocator`).
std::optional<std::string_view> nearest_word(std::string_view word,
                                             std::span<const std::string_view> known);

}  // namespace spillway::settings
