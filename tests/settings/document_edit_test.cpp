// Values changed in the text of a config, the rest untouched, and the difference as a patch.
#include "controller/settings/document_edit.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace spillway::settings::document_edit_test {
namespace {

const std::string block{R"(# ours
workloads:
  web:
    cluster: vms   # the old ones
    policies:
      - type: auto
        wait: 200ms  # promised
        vm:
          replicas: 4
      - {type: budget, per_day: 20 USD}
      - type: surge
    limits: {max_burst: 5}
)"};

std::string edited(const std::vector<std::string>& steps, const std::string& value) {
  return with_value(block, steps, value).value_or("refused");
}

std::string with(const std::string& before, const std::string& after) {
  std::string text{block};
  return text.replace(text.find(before), before.size(), after);
}

TEST_CASE("a value that is there is replaced, and its comment stays") {
  CHECK(edited({"workloads", "web", "policies", "0", "wait"}, "50ms") ==
        with("wait: 200ms", "wait: 50ms"));
  CHECK(edited({"workloads", "web", "policies", "0", "vm", "replicas"}, "8") ==
        with("replicas: 4", "replicas: 8"));
  CHECK(edited({"workloads", "web", "limits", "max_burst"}, "50") ==
        with("max_burst: 5", "max_burst: 50"));
  CHECK(with_value("a: {b: 'x y', c: 1}\n", {"a", "b"}, "z").value_or("") == "a: {b: 'z', c: 1}\n");
}

TEST_CASE("a value that is not there is added to the section where it belongs, in its style") {
  CHECK(edited({"workloads", "web", "policies", "0", "late_price_cap"}, "60") ==
        with("- type: auto\n", "- type: auto\n        late_price_cap: 60\n"));
  CHECK(edited({"workloads", "web", "policies", "1", "pace"}, "2") ==
        with("{type: budget", "{pace: 2, type: budget"));
  CHECK(edited({"workloads", "web", "policies", "2", "enter_at"}, "2") ==
        with("- type: surge\n", "- type: surge\n        enter_at: 2\n"));
  CHECK(edited({"workloads", "web", "behavior", "scale_in", "tolerance"}, "0.2") ==
        with("cluster: vms   # the old ones\n",
             "cluster: vms   # the old ones\n    behavior: {scale_in: {tolerance: 0.2}}\n"));
}

TEST_CASE("what is in no section of this text, or is no value, is refused") {
  CHECK(edited({"workloads", "api", "policies", "0", "wait"}, "1s") == "refused");
  CHECK(edited({"workloads", "web", "policies", "7", "wait"}, "1s") == "refused");
  CHECK(edited({"workloads", "web", "policies", "0", "vm"}, "1") == "refused");
  CHECK(edited({}, "1") == "refused");
  CHECK(!with_value("a: [", {"a"}, "1").has_value());
  CHECK(!with_value("", {"a"}, "1").has_value());
}

TEST_CASE("a difference is a patch with three lines around, and near ones are one hunk") {
  std::string before{};
  for (int i{1}; i <= 30; ++i) before += "line " + std::to_string(i) + "\n";
  std::string after{before};
  after.replace(after.find("line 10\n"), 8, "line ten\nand more\n");
  after.replace(after.find("line 12\n"), 8, "");
  after.replace(after.find("line 29\n"), 8, "line twentynine\n");
  CHECK(unified_diff(before, after, "a.yaml") ==
        "--- a.yaml\n+++ a.yaml\n"
        "@@ -7,9 +7,9 @@\n line 7\n line 8\n line 9\n-line 10\n+line ten\n+and more\n line 11\n"
        "-line 12\n line 13\n line 14\n line 15\n"
        "@@ -26,5 +26,5 @@\n line 26\n line 27\n line 28\n-line 29\n+line twentynine\n line 30\n");
  CHECK(unified_diff(before, before, "a.yaml").empty());
}

TEST_CASE("a difference says where the last line has no newline, or no tool applies it") {
  const std::string marker{"\\ No newline at end of file\n"};
  CHECK(unified_diff("a\nb\nc", "a\nx\nc", "f") ==
        "--- f\n+++ f\n@@ -1,3 +1,3 @@\n a\n-b\n+x\n c\n" + marker);
  CHECK(unified_diff("a\nb", "a\nx", "f") ==
        "--- f\n+++ f\n@@ -1,2 +1,2 @@\n a\n-b\n" + marker + "+x\n" + marker);
  CHECK(unified_diff("a", "a\nb", "f") ==
        "--- f\n+++ f\n@@ -1,1 +1,2 @@\n-a\n" + marker + "+a\n+b\n" + marker);
  CHECK(unified_diff("a", "a\n", "f") == "--- f\n+++ f\n@@ -1,1 +1,1 @@\n-a\n" + marker + "+a\n");
}

}  // namespace
}  // namespace spillway::settings::document_edit_test
