#include "controller/traffic/haproxy/map_entry.hpp"

#include <array>

#include "controller/core/units.hpp"
#include "tests/support/printing.hpp"

namespace spillway::map_entry_test {

using namespace spillway::haproxy;

namespace {

const MapEntry without{.file = "/etc/haproxy/burst.map", .key = "www", .value = "burst"};
const MapEntry with{
    .file = "/etc/haproxy/burst.map", .key = "www", .value = "burst", .otherwise = "base"};

std::string found(const std::string& key, const std::string& value) {
  return "type=str, case=sensitive, found=yes, idx=tree, key=\"" + key + "\", value=\"" + value +
         "\", type=\"str\"\n\n";
}

const std::string nothing{"type=str, case=sensitive, found=no\n\n"};

}  // namespace

TEST_CASE("the entry follows the servers, and what others wrote stays unless there is a burst") {
  struct Row {
    const char* name;
    const MapEntry& entry;
    std::optional<std::string> present;
    bool is_serving;
    std::optional<std::string> step;
  };
  const std::string file{"/etc/haproxy/burst.map"};
  const std::array rows{
      Row{"first burst replica", without, {}, true, "add map " + file + " www burst"},
      Row{"it is there already", without, "burst", true, {}},
      Row{"the last one left", without, "burst", false, "del map " + file + " www"},
      Row{"nothing there, nothing wanted", without, {}, false, {}},
      Row{"somebody's value gives way to a burst", without, "x", true,
          "set map " + file + " www burst"},
      Row{"and is left alone without one", without, "x", false, {}},
      Row{"from base to burst", with, "base", true, "set map " + file + " www burst"},
      Row{"and back", with, "burst", false, "set map " + file + " www base"},
      Row{"base is there already", with, "base", false, {}},
      Row{"a map that begins empty", with, {}, false, "add map " + file + " www base"},
      Row{"maintenance, say, is left alone", with, "sorry", false, {}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    CHECK(entry_step(row.entry, row.present, row.is_serving) == row.step);
  }
}

TEST_CASE("a map's answer tells the value, or that there is none") {
  CHECK(get_entry(without) == "get map /etc/haproxy/burst.map www");
  CHECK(parse_entry(found("www", "burst"), without).value() == "burst");
  CHECK(parse_entry(found("www", "a \"b\", value=\"c"), without).value() == "a \"b\", value=\"c");
  CHECK_FALSE(parse_entry(nothing, without).value());
  CHECK_FALSE(parse_entry("type=str, case=sensitive, found=no\n", without).value());
}

TEST_CASE("an entry that a map finds by a part of our key is an error, not ours") {
  const auto hidden = parse_entry(found("ww", "x"), without);
  REQUIRE_FALSE(hidden);
  CHECK(hidden.error().code == Errc::bad_request);
  CHECK(hidden.error().context.find("map_str") != std::string::npos);
}

TEST_CASE("what no map says is an error") {
  CHECK(
      parse_entry("Unknown map identifier. Please use #<id> or <file>.\n", without).error().code ==
      Errc::bad_request);
  CHECK(parse_entry("Permission denied\n", without).error().code == Errc::denied);
  CHECK(parse_entry("", without).error().code == Errc::malformed);
  CHECK(parse_entry("type=str", without).error().code == Errc::malformed);
  CHECK(parse_entry("type=str, found=yes\n", without).error().code == Errc::malformed);
  CHECK(parse_entry("type=str, found=yes, key=\"www\"\n", without).error().code == Errc::malformed);
  CHECK(parse_entry_changed("\n", without));
  CHECK(parse_entry_changed("entry not found.\n", without).error().code == Errc::bad_request);
}

TEST_CASE("a workload's words are its own, and none can bend a command") {
  const MapSettings settings{
      .file = "f", .key = "{{workload}}.example.com", .value = "{{workload}}"};
  CHECK(entry_of(settings, "web").value() ==
        MapEntry{.file = "f", .key = "web.example.com", .value = "web"});
  CHECK_FALSE(entry_of(settings, "web; quit"));
  CHECK_FALSE(entry_of(settings, "a b"));
}

}  // namespace spillway::map_entry_test
