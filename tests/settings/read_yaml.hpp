// A settings struct of any part of Spillway, read from a piece of YAML the way the config file is:
// for the tests of what each part declares.
#pragma once

#include <string>
#include <string_view>

#include "controller/settings/document.hpp"
#include "controller/settings/yaml_reader.hpp"
#include "tests/settings/fake_environment.hpp"

namespace spillway::testing {

template <class Settings>
struct ReadYaml {
  Settings settings{};
  std::string errors{};  ///< as a person sees them, one per line; empty: the text is valid
};

template <class Settings>
ReadYaml<Settings> read_yaml(std::string_view text) {
  settings::Complaints complaints{};
  const std::size_t file{complaints.add_file("test.yaml")};
  const settings::NodePtr root{settings::parse_document(text, file, complaints)};
  ReadYaml<Settings> result{};
  if (root) {
    const settings::FakeEnvironment environment{};
    const Fields::Describe declared{[&](Fields& fields) { describe(fields, result.settings); }};
    settings::read_settings(*root, declared, environment, complaints);
  }
  result.errors = to_string(complaints.sorted());
  return result;
}

}  // namespace spillway::testing
