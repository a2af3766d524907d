#include "controller/cli/trace_files.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include "controller/cli/saved_history.hpp"
#include "controller/settings/environment.hpp"
#include "metrics/file/trace.hpp"

namespace spillway::cli {
namespace {

/// Two years of one-second rows.
constexpr std::size_t file_bytes_max{1U << 30U};

Error in_file(const std::string& path, Error error) {
  error.context = fmt::format("{}: {}", path, error.context);
  return error;
}

std::optional<std::size_t> column_of(const file::Trace& trace, const std::string& wanted) {
  if (!wanted.empty()) return trace.column(wanted);
  for (const std::string_view usual : {"value", "load"}) {
    if (const auto found{trace.column(usual)}) return found;
  }
  if (trace.columns.size() == 1) return 0;
  return std::nullopt;
}

Result<backtest::LoadTrace> read_trace(const std::string& path, const std::string& column) {
  const settings::ProcessEnvironment files{};
  const auto text{files.read_file(path, file_bytes_max)};
  if (!text) return in_file(path, text.error());
  auto parsed{file::parse_trace(*text)};
  if (!parsed) return in_file(path, parsed.error());
  const auto index{column_of(*parsed, column)};
  if (!index) {
    return Error{Errc::malformed,
                 fmt::format("{}: {} column `{}`; it has: {} (choose with --column)", path,
                             column.empty() ? "which column is the load? There is no" : "no",
                             column.empty() ? "value" : column, fmt::join(parsed->columns, ", "))};
  }
  return backtest::LoadTrace{.name = std::filesystem::path{path}.stem().string(),
                             .origin = history_begin(*text),
                             .times = std::move(parsed->times),
                             .values = std::move(parsed->values[*index])};
}

}  // namespace

Result<std::vector<backtest::LoadTrace>> read_traces(const std::string& path,
                                                     const std::string& column) {
  std::vector<std::string> files{path};
  std::error_code failure{};
  if (std::filesystem::is_directory(path, failure)) {
    files = settings::ProcessEnvironment{}.matches(path + "/*.csv");
    if (files.empty()) return Error{Errc::not_found, path + ": no *.csv in this folder"};
  }
  std::vector<backtest::LoadTrace> traces;
  traces.reserve(files.size());
  for (const std::string& file : files) {
    auto trace{read_trace(file, column)};
    if (!trace) return trace.error();
    traces.push_back(std::move(*trace));
  }
  return traces;
}

}  // namespace spillway::cli
