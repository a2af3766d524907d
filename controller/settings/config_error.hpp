// What is wrong with a configuration: every complaint says where (file, line, column, the key's
// path), what was found and what is expected. All are collected, none ends the reading.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace spillway::settings {

struct ConfigError {
  std::string file{};
  int line{0};  ///< from 1; 0: the file as a whole
  int column{0};
  std::string path{};  ///< `workloads.web.policies[0].target`; empty: the document
  std::string message{};

  bool operator==(const ConfigError&) const = default;
};

/// `spillway.yaml:14:5: workloads.web.port: found a list; expected a whole number`.
std::string to_string(const ConfigError& error);

/// All of them, one per line, ready for a terminal or a log.
std::string to_string(const std::vector<ConfigError>& errors);

/// A place in one of the files that make up a configuration.
struct Mark {
  std::size_t file{0};  ///< as returned by `Complaints::add_file`
  int line{0};          ///< from 1; 0: the file as a whole
  int column{0};

  bool operator==(const Mark&) const = default;
};

/// Collects the errors of one reading. Keeps the first `most` of them: a person repairs a hundred
/// in several steps anyway, and a hostile file must not fill the memory.
class Complaints {
 public:
  static constexpr std::size_t most{100};

  /// Registers a file; its number goes into the marks.
  std::size_t add_file(std::string name);
  const std::string& file_name(std::size_t file) const { return files_.at(file); }

  void report(Mark mark, std::string path, std::string message);
  /// The setting `path` was probably meant by a misspelt key, which is reported: it counts as
  /// reported about, so that nothing is said of its absence.
  void excuse(std::string path) { excused_.push_back(std::move(path)); }

  /// True if further reports would be counted only: expensive wording can be skipped.
  bool is_full() const { return errors_.size() >= most; }
  /// True if something was reported about `path` itself, or it is excused.
  bool mention(std::string_view path) const;
  /// True if something was reported about `path` or about a part of it.
  bool concern(std::string_view path) const;
  /// How many were reported, kept or not.
  std::size_t count() const { return count_; }

  /// In the order of file and place. Ends with one line on those that were not kept.
  std::vector<ConfigError> sorted() const;

 private:
  struct Entry {
    Mark mark;
    std::string path;
    std::string message;
  };

  std::vector<std::string> files_{};
  std::vector<Entry> errors_{};
  std::vector<std::string> excused_{};
  std::size_t count_{0};
};

/// `text` in double quotes for a message: control characters and other than the first 60 bytes are
/// not shown.
std::string quoted(std::string_view text);

/// `key` as part of a path: as it is, or quoted if it is not a plain word.
std::string path_step(std::string_view key);

/// `parent.key`, or `key` at the top.
std::string join_path(std::string_view parent, std::string_view key);

}  // namespace spillway::settings
