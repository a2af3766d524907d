// What the config file says about a balancer that reads a file.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "controller/core/fields.hpp"
#include "controller/core/units.hpp"

namespace spillway::template_file {

struct Settings {
  static constexpr std::string_view type{"template_file"};

  std::string template_path{};
  std::string file{};
  std::vector<std::string> validate{};
  std::vector<std::string> reload{};
  int base_weight{1};
  Duration timeout{std::chrono::seconds{2}};
};

void describe(Fields& fields, Settings& settings);

/// `file` with the workload's name put in. Pure.
std::string file_of(const Settings& settings, std::string_view workload);

/// True if every workload has a file of its own.
bool serves_many(const Settings& settings);

/// True if `validate` looks at the new file before it is put in place.
bool validates_apart(const Settings& settings);

/// `command` with {{file}}, {{new_file}} and {{workload}} put in. Pure.
std::vector<std::string> filled_in(std::vector<std::string> command, std::string_view file,
                                   std::string_view new_file, std::string_view workload);

/// The weight in the file of a replica that Spillway gives `weight` (100 is a base replica):
/// rounded, at least 1. Example: weight 50 with `base_weight` 10 is 5.
int weight_in_file(const Settings& settings, int weight);

}  // namespace spillway::template_file
