// Plain text tables: aligned columns, numbers to the right, no lines to get in the way of grep.
#pragma once

#include <string>
#include <vector>

namespace spillway::cli {

class Table {
 public:
  explicit Table(std::vector<std::string> heads);

  /// As many cells as there are heads.
  void add(std::vector<std::string> cells);

  std::string to_text() const;

 private:
  std::vector<std::vector<std::string>> rows_{};
};

}  // namespace spillway::cli
