#include "controller/settings/load_config.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include "controller/settings/attachments.hpp"
#include "controller/settings/cross_checks.hpp"
#include "controller/settings/document.hpp"
#include "controller/settings/expansion.hpp"
#include "controller/settings/policy_tests.hpp"
#include "controller/settings/yaml_reader.hpp"

namespace spillway::settings {
namespace {

/// Enough for one file per workload in the largest installation we measure.
constexpr std::size_t included_files_max{20'000};
constexpr std::size_t included_bytes_max{64U << 20U};

/// Reads included files and adds their workloads to those of the main file.
class Includer {
 public:
  Includer(const Node& main, const Environment& environment, Complaints& complaints)
      : environment_{environment}, complaints_{complaints}, merged_{main} {
    if (const MapEntry* const own{main.find("workloads")}) add_workloads(*own->value);
  }

  void include(const MapEntry& list) {
    for (std::size_t i{0}; i < list.value->items.size(); ++i) {
      const Node& item{*list.value->items[i]};
      // What is no text, or names no variable, is reported when the settings are read.
      if (item.kind != Node::Kind::scalar) continue;
      const Parsed<std::string> text{expand(item.text, environment_)};
      if (!text) continue;
      const std::string pattern{relative_to_file(complaints_.file_name(item.mark.file), *text)};
      const std::string path{fmt::format("include[{}]", i)};
      const bool is_pattern{pattern.find_first_of("*?[") != pattern.npos};
      const auto files{is_pattern ? environment_.matches(pattern)
                                  : std::vector<std::string>{pattern}};
      for (const std::string& file : files) include_file(file, item.mark, path);
    }
  }

  /// The main document with all workloads in it.
  Node merged() && {
    const auto entry{std::ranges::find(merged_.entries, "workloads", &MapEntry::key)};
    if (workloads_.entries.empty()) return std::move(merged_);
    MapEntry all{.key = "workloads", .key_mark = workloads_.mark};
    all.value = std::make_shared<const Node>(std::move(workloads_));
    if (entry == merged_.entries.end()) {
      merged_.entries.push_back(std::move(all));
    } else {
      all.key_mark = entry->key_mark;
      *entry = std::move(all);
    }
    return std::move(merged_);
  }

 private:
  void include_file(const std::string& file, Mark from, const std::string& path) {
    if (++files_ > included_files_max) {
      if (files_ == included_files_max + 1) {
        complaints_.report(from, path,
                           fmt::format("more than {} files are included", included_files_max));
      }
      return;
    }
    auto text{environment_.read_file(file, document_bytes_max)};
    if (!text) {
      complaints_.report(from, path,
                         fmt::format("cannot read {}: {}", quoted(file), text.error().context));
      return;
    }
    bytes_ += text->size();
    if (bytes_ > included_bytes_max) {
      complaints_.report(from, path,
                         fmt::format("the included files have more than {} MiB together",
                                     included_bytes_max >> 20U));
      return;
    }
    const NodePtr root{parse_document(*text, complaints_.add_file(file), complaints_)};
    if (!root) return;
    for (const MapEntry& entry : root->entries) {
      if (entry.key == "workloads") {
        if (workloads_.mark.line == 0) workloads_.mark = entry.key_mark;
        add_workloads(*entry.value);
      } else {
        complaints_.report(entry.key_mark, join_path({}, entry.key),
                           "unknown key; an included file holds only \"workloads\"");
      }
    }
  }

  void add_workloads(const Node& workloads) {
    if (workloads.kind != Node::Kind::map) {
      // In the main file the reader says so.
      if (files_ > 0) {
        complaints_.report(workloads.mark, "workloads", "expected a section of workloads by name");
      }
      return;
    }
    workloads_.kind = Node::Kind::map;
    for (const MapEntry& entry : workloads.entries) {
      const auto [first, is_new]{marks_.emplace(entry.key, entry.key_mark)};
      if (is_new) {
        workloads_.entries.push_back(entry);
        continue;
      }
      complaints_.report(
          entry.key_mark, join_path("workloads", entry.key),
          fmt::format("duplicate workload; it is already in {}:{}",
                      complaints_.file_name(first->second.file), first->second.line));
    }
  }

  const Environment& environment_;
  Complaints& complaints_;
  Node merged_;
  Node workloads_{};
  std::map<std::string, Mark> marks_{};
  std::size_t files_{0};
  std::size_t bytes_{0};
};

}  // namespace

LoadedConfig parse_config(std::string_view text, const std::string& path,
                          const Environment& environment, Tests tests) {
  Complaints complaints;
  const NodePtr main{parse_document(text, complaints.add_file(path), complaints)};
  if (!main) return complaints.sorted();

  Includer includer{*main, environment, complaints};
  if (const MapEntry* const list{main->find("include")}) includer.include(*list);
  const Node root{std::move(includer).merged()};

  Config config;
  read_settings(
      root, [&](Fields& fields) { describe(fields, config); }, environment, complaints);
  attach_to_policies(config, root, environment, complaints);
  check_config(config, root, environment, complaints);
  if (complaints.count() == 0 && tests == Tests::run) run_policy_tests(config, root, complaints);
  if (complaints.count() > 0) return complaints.sorted();
  return config;
}

std::variant<WorkloadConfig, std::vector<ConfigError>> parse_workload(
    std::string_view text, const std::string& path, const Environment& environment) {
  Complaints complaints;
  const NodePtr root{parse_document(text, complaints.add_file(path), complaints)};
  if (!root) return complaints.sorted();
  WorkloadConfig workload;
  read_settings(
      *root, [&](Fields& fields) { describe(fields, workload); }, environment, complaints);
  attach_to_policies(workload, *root, environment, complaints);
  if (complaints.count() > 0) return complaints.sorted();
  return workload;
}

LoadedConfig load_config(const std::string& path, const Environment& environment, Tests tests) {
  const auto text{environment.read_file(path, document_bytes_max)};
  if (text) return parse_config(*text, path, environment, tests);
  const bool is_too_large{text.error().code == Errc::too_large};
  return std::vector{ConfigError{
      .file = path,
      .message = is_too_large
                     ? fmt::format("the file has more than {} MiB; split it with \"include\"",
                                   document_bytes_max >> 20U)
                     : fmt::format("cannot be read: {}", text.error().context)}};
}

}  // namespace spillway::settings
