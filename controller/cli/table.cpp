#include "controller/cli/table.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

#include "controller/core/error.hpp"

namespace spillway::cli {
namespace {

bool is_number(const std::string& cell) {
  return !cell.empty() && std::ranges::all_of(cell, [](unsigned char c) {
    return std::isdigit(c) != 0 || c == '.' || c == '-' || c == '+' || c == '$';
  });
}

}  // namespace

Table::Table(std::vector<std::string> heads) {
  rows_.push_back(std::move(heads));
}

void Table::add(std::vector<std::string> cells) {
  SPILLWAY_ASSERT(cells.size() == rows_.front().size());
  rows_.push_back(std::move(cells));
}

std::string Table::to_text() const {
  std::vector<std::size_t> widths(rows_.front().size(), 0);
  for (const auto& row : rows_) {
    for (std::size_t i{0}; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text{};
  for (const auto& row : rows_) {
    std::string line{};
    for (std::size_t i{0}; i < row.size(); ++i) {
      const std::string padding(widths[i] - row[i].size(), ' ');
      line += is_number(row[i]) ? padding + row[i] : row[i] + padding;
      line += "  ";
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

}  // namespace spillway::cli
