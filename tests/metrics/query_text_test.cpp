#include "metrics/query_text.hpp"

#include <doctest/doctest.h>

#include "tests/support/printing.hpp"

namespace spillway::query_text_test {
namespace {

const std::map<std::string, std::string> labels{{"team", "shop"}, {"zone", "a-1"}};

TEST_CASE("placeholders become the workload's name and labels") {
  CHECK(*expand_query(R"(sum(x{s="{{workload}}",t="{{ team }}"}))", "web", labels) ==
        R"(sum(x{s="web",t="shop"}))");
  CHECK(*expand_query("{{zone}}{{zone}}", "web", labels) == "a-1a-1");
  CHECK(*expand_query("plain{a=\"b\"}", "web", labels) == "plain{a=\"b\"}");
  CHECK(*expand_query("", "web", labels) == "");
}

TEST_CASE("an unknown placeholder is an error that lists the known ones") {
  const auto expanded{expand_query("x{{wrokload}}", "web", labels)};
  REQUIRE(!expanded);
  CHECK(expanded.error().context ==
        "unknown placeholder `{{wrokload}}`; known are: workload, team, zone");
}

TEST_CASE("braces that do not close are an error") {
  CHECK(!expand_query("x{{workload}", "web", labels));
  CHECK(!expand_query("{{", "web", labels));
}

TEST_CASE("a value cannot break out of the quotes around it") {
  for (const auto* evil : {"a\"} or vector(0) #", "a\\", "a\nb", "a'b", "a`b"}) {
    CAPTURE(evil);
    CHECK(!expand_query(R"(x{s="{{workload}}"})", evil, labels));
  }
}

TEST_CASE("a value is not expanded again") {
  CHECK(*expand_query("{{a}}", "web", {{"a", "{{workload}}"}}) == "{{workload}}");
}

}  // namespace
}  // namespace spillway::query_text_test
