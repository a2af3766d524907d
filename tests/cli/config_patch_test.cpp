// What `spillway tune` proposes can be applied to the file that it read.
#include "controller/cli/config_patch.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/support/child_process.hpp"
#include "tests/support/skip.hpp"

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

/// What `tool` makes of a file with this text by the patch for `values`; its complaint if it fails.
std::string applied_by(std::vector<std::string> tool, const std::string& text,
                       const std::map<std::string, std::string>& values) {
  const testing::ScratchDirectory folder{};
  folder.write("spillway.yaml", text);
  const auto patch{patch_of(text, values)};
  REQUIRE(patch.has_value());
  tool.push_back(folder.write("tuned.patch", "--- spillway.yaml\n+++ spillway.yaml\n" + *patch));
  testing::ChildProcess child{tool, {.directory = folder.path().string()}};
  REQUIRE(child.wait_for_exit());
  if (child.exit_code() != 0) return child.standard_output() + child.standard_error();
  std::ifstream file{folder.path() / "spillway.yaml"};
  return {std::istreambuf_iterator<char>{file}, {}};
}

TEST_CASE("the patch of a file without a newline at its end applies") {
  std::string text{config};
  text.pop_back();
  std::string changed{text};
  changed.replace(changed.find("tolerance: 0.1"), 14, "tolerance: 0.2");
  // A line more behind the last one.
  const std::string last_is_policy{text.substr(0, text.find("\n        late_price_cap:"))};
  for (const auto& tool : {std::vector<std::string>{"patch", "-p0", "-i"},
                           std::vector<std::string>{"git", "apply", "-p0"}}) {
    CAPTURE(tool.front());
    if (!testing::find_program(tool.front())) {
      testing::skip_test(tool.front() + " is missing");
      continue;
    }
    CHECK(applied_by(tool, text, {{"behavior.scale_in.tolerance", "0.2"}}) == changed);
    CHECK(applied_by(tool, last_is_policy, {{"policies[0].vm.start", "8m"}}) ==
          last_is_policy + "\n        vm: {start: 8m}");
  }
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
