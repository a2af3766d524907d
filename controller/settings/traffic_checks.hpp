// What a section under `traffic` asks of the rest of the config, whatever its type. Pure apart from
// the `Environment`.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "controller/settings/environment.hpp"
#include "controller/settings/families.hpp"

namespace spillway::settings {

/// The setting that has no {{workload}} in it, so that the section serves one workload only.
struct SingleTarget {
  std::string_view key{};    ///< "backend"
  std::string_view thing{};  ///< "the backend"
  std::string value{};
};

/// Nothing if the section serves any number of workloads.
std::optional<SingleTarget> single_target(const TrafficConfig& config);

/// What is wrong with a file that the section names: its key, and the end of a sentence.
struct FileFault {
  std::string_view key{};
  std::string message{};
};

std::optional<FileFault> file_fault(const TrafficConfig& config, const Environment& environment);

}  // namespace spillway::settings
