// What `spillway tune` proposes can be applied to the file that it read.
#include "controller/cli/config_patch.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <string>

#include "tests/support/child_process.hpp"

namespace spillway::cli::config_patch_test {
namespace {

constexpr std::string_view config{R"(metric_sources:
  trace: {type: file, path: load.csv}
clusters:
  machines: {type: static_vms, count: 2, replicas_per_vm: 4}
workloads:
  web:
    cluster: machines
    signals: {load: {query: value}, utilization: {query: value}}
    policies:
      # the default
      - type: auto
        late_price_cap: 90
    behavior:
      scale_in: {tolerance: 0.1}
)"};

/// The patch of a file with this text; `applied` gets what `patch` would make of it.
std::optional<std::string> patch_of(const std::string& text,
                                    const std::map<std::string, std::string>& values) {
  const testing::ScratchDirectory folder{};
  const std::string path{folder.path() / "spillway.yaml"};
  std::ofstream{path} << text;
  auto patch{config_patch(path, "web", values)};
  if (patch) {
    CHECK(patch->starts_with("--- " + path + "\n+++ " + path + "\n@@ "));
    patch->erase(0, patch->find("@@"));
  }
  return patch;
}

TEST_CASE("a setting that is in the file is changed there, one that is not is added") {
  CHECK(patch_of(std::string{config}, {{"policies[0].late_price_cap", "60"}}) ==
        "@@ -9,6 +9,6 @@\n     policies:\n       # the default\n       - type: auto\n"
        "-        late_price_cap: 90\n+        late_price_cap: 60\n     behavior:\n"
        "       scale_in: {tolerance: 0.1}\n");
  const auto added{patch_of(std::string{config}, {{"policies[0].vm.start", "8m"},
                                                  {"behavior.scale_in.tolerance", "0.2"}})};
  REQUIRE(added.has_value());
  CHECK(added->find("+        vm: {start: 8m}\n") != std::string::npos);
  CHECK(added->find("+      scale_in: {tolerance: 0.2}\n") != std::string::npos);
}

TEST_CASE("what an alias would change elsewhere, too, is no patch") {
  std::string text{config};
  text.replace(text.find("late_price_cap: 90"), 18, "late_price_cap: &cap 90");
  text += "    shadow:\n      policies: [{type: auto, late_price_cap: *cap}]\n";
  CHECK(!patch_of(text, {{"policies[0].late_price_cap", "60"}}).has_value());
}

TEST_CASE("a workload of an included file, or a value that is not valid, is no patch") {
  CHECK(!patch_of("workloads: {}\n", {{"policies[0].late_price_cap", "60"}}).has_value());
  CHECK(!patch_of(std::string{config}, {{"policies[0].late_price_cap", "-1"}}).has_value());
  CHECK(!config_patch("/nowhere/at/all.yaml", "web", {}).has_value());
}

}  // namespace
}  // namespace spillway::cli::config_patch_test
