// What is checked of a file before any YAML is read: size, encoding, characters. The YAML library
// guesses at encodings and lets control characters pass, so its messages on them mislead.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "controller/settings/config_error.hpp"

namespace spillway::settings {

/// The lines of a file, for looking at the source around a place.
class Lines {
 public:
  explicit Lines(std::string_view text);

  /// Line `number`, from 1, without its end; empty if there is no such line.
  std::string_view line(int number) const;
  /// The byte at line and column, both from 1; the size of the text if there is none.
  std::size_t offset(int line, int column) const;

 private:
  std::string_view text_;
  std::vector<std::size_t> starts_;
};

/// True if `text` is UTF-8 without control characters. If not, says so at the first bad byte.
bool check_characters(std::string_view text, std::size_t file, Complaints& complaints);

/// The column of a tab that indents `line`; 0 if none does.
int indenting_tab(std::string_view line);

/// The column of a no-break space that indents `line`, as pages of the web have them; 0 if none
/// does.
int indenting_no_break_space(std::string_view line);

/// The line in which a quote opens that closes only in the later line `number`; nothing if there is
/// none: the text between them is then probably the rest of the file, and no value.
std::optional<int> swallowing_quote(std::string_view text, int number);

}  // namespace spillway::settings
