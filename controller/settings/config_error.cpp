#include "controller/settings/config_error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

namespace spillway::settings {
namespace {

constexpr std::size_t longest_shown{60};

bool is_plain(std::string_view key) {
  return !key.empty() && key.size() <= longest_shown && std::ranges::all_of(key, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  });
}

}  // namespace

std::string to_string(const ConfigError& error) {
  std::string text{error.file};
  if (error.line > 0) text += fmt::format(":{}:{}", error.line, error.column);
  if (!error.path.empty()) text += ": " + error.path;
  return text + ": " + error.message;
}

std::string to_string(const std::vector<ConfigError>& errors) {
  std::string text;
  for (const ConfigError& error : errors) text += to_string(error) + '\n';
  return text;
}

std::size_t Complaints::add_file(std::string name) {
  files_.push_back(std::move(name));
  return files_.size() - 1;
}

void Complaints::report(Mark mark, std::string path, std::string message) {
  ++count_;
  if (!is_full()) errors_.push_back({mark, std::move(path), std::move(message)});
}

bool Complaints::mention(std::string_view path) const {
  return std::ranges::find(errors_, path, &Entry::path) != errors_.end() ||
         std::ranges::find(excused_, path) != excused_.end();
}

bool Complaints::concern(std::string_view path) const {
  const auto is_of{[path](std::string_view other) {
    const bool is_part{other.starts_with(path) && other.size() > path.size() &&
                       (other[path.size()] == '.' || other[path.size()] == '[')};
    return other == path || is_part;
  }};
  return std::ranges::any_of(errors_, is_of, &Entry::path) || std::ranges::any_of(excused_, is_of);
}

std::vector<ConfigError> Complaints::sorted() const {
  std::vector<Entry> entries{errors_};
  std::ranges::stable_sort(entries, [](const Entry& a, const Entry& b) {
    return std::tuple{a.mark.file, a.mark.line, a.mark.column} <
           std::tuple{b.mark.file, b.mark.line, b.mark.column};
  });
  std::vector<ConfigError> errors;
  errors.reserve(entries.size() + 1);
  for (Entry& entry : entries) {
    errors.push_back({files_.at(entry.mark.file), entry.mark.line, entry.mark.column,
                      std::move(entry.path), std::move(entry.message)});
  }
  if (count_ > errors_.size()) {
    errors.push_back(
        {.file = files_.front(),
         .message = fmt::format("and {} more errors, not shown", count_ - errors_.size())});
  }
  return errors;
}

std::string quoted(std::string_view text) {
  const bool is_cut{text.size() > longest_shown};
  std::size_t shown{is_cut ? longest_shown : text.size()};
  // Never cut a UTF-8 character in two.
  while (is_cut && shown > 0 && (static_cast<unsigned char>(text[shown]) & 0xC0U) == 0x80U) --shown;
  std::string result{'"'};
  for (const char c : text.substr(0, shown)) {
    if (c == '\n') {
      result += "\\n";
    } else if (c == '\t') {
      result += "\\t";
    } else if (static_cast<unsigned char>(c) < 0x20U || c == 0x7F) {
      result += '?';
    } else {
      if (c == '"' || c == '\\') result += '\\';
      result += c;
    }
  }
  return result + (is_cut ? "...\"" : "\"");
}

std::string path_step(std::string_view key) {
  return is_plain(key) ? std::string{key} : quoted(key);
}

std::string join_path(std::string_view parent, std::string_view key) {
  return parent.empty() ? path_step(key) : fmt::format("{}.{}", parent, path_step(key));
}

}  // namespace spillway::settings
