#include "controller/state/journal_json.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>

#include "tests/state/samples.hpp"
#include "tests/support/printing.hpp"

namespace spillway::state {
namespace {

using testing::plain_entry;
using testing::stored_noon;
using testing::StoredValues;

/// `document` with the first `from` replaced by `to`.
std::string replaced(std::string document, const std::string& from, const std::string& to) {
  const auto at{document.find(from)};
  REQUIRE(at != std::string::npos);
  return document.replace(at, from.size(), to);
}

std::string error_of(const std::string& document) {
  const auto read{decode_journal(document)};
  REQUIRE(!read);
  CHECK(read.error().code == Errc::malformed);
  return read.error().context;
}

TEST_CASE("an entry comes back bit for bit, whatever is in it") {
  for (std::uint64_t seed{1}; seed <= 500; ++seed) {
    CAPTURE(seed);
    const JournalEntry entry{StoredValues{seed}.entry()};
    const std::string document{encode_journal(entry)};
    const auto read{decode_journal(document)};
    REQUIRE(read);
    CHECK(*read == entry);
    CHECK(encode_journal(*read) == document);  // tells -0.0 from 0.0, which == does not
  }
}

TEST_CASE("an unknown fleet comes back unknown, and an empty one empty") {
  JournalEntry entry{plain_entry("shop", stored_noon)};
  entry.snapshot.fleet.base.reset();
  entry.snapshot.fleet.burst.emplace();
  CHECK(decode_journal(encode_journal(entry))->snapshot == entry.snapshot);
  entry.snapshot.fleet.burst.reset();
  CHECK(decode_journal(encode_journal(entry))->snapshot == entry.snapshot);
}

TEST_CASE("a policy may remember infinities and NaN") {
  JournalEntry entry{plain_entry("shop", stored_noon)};
  const double infinity{std::numeric_limits<double>::infinity()};
  entry.past.memories["odd"] = {infinity, -infinity, std::nan("")};
  const auto read{decode_journal(encode_journal(entry))};
  REQUIRE(read);
  const Memory& memory{read->past.memory("odd")};
  REQUIRE(memory.size() == 3);
  CHECK(memory[0] == infinity);
  CHECK(memory[1] == -infinity);
  CHECK(std::isnan(memory[2]));
}

TEST_CASE("a wrong field is named with its path") {
  const std::string good{encode_journal(plain_entry("shop", stored_noon))};
  REQUIRE(decode_journal(good));
  struct Row {
    std::string from, to, error;
  };
  for (const Row& row : {
           Row{R"("nodes_up":5)", R"("nodes_up":"5")",
               "$.snapshot.fleet.base.nodes_up: expected an integer of 64 bits, found \"5\""},
           Row{R"("nodes_up":5)", R"("nodes_up":5000000000)", "nodes_up: 5000000000 is out of"},
           Row{R"("nodes_up":5,)", "", R"($.snapshot.fleet.base: the field "nodes_up" is missing)"},
           Row{R"("nodes_up":5)", R"("nodes_up":5,"colour":1)", R"(the unknown field "colour")"},
           Row{R"("nodes_up":5)", R"("nodes_up":5,"nodes_up":6)", R"(the key "nodes_up" twice)"},
           Row{"HighestFloor", "BestFloor", R"($.decision.trail[0].because: "BestFloor" is no)"},
           Row{R"("value":141.96)", R"("value":"inf")", "$.snapshot.readings.load: a fresh or"},
           Row{R"("value":141.96)", R"("value":1e999)", "load.value: expected a number, found 1e9"},
           Row{R"("quality":"fresh")", R"("quality":"great")", "found \"great\""},
           Row{R"("quality":"fresh")", R"("quality":"missing")", "a missing reading has no value"},
           Row{R"("changes":[)", R"("changes":[7,)", "$.past: changes: a time without its count"},
           Row{R"("changes":[)", R"("changes":[9223372036854775807,1,)", "entry 0 is out of range"},
           Row{R"("mode":"act")", R"("mode":null)", "$.mode: expected a text, found null"},
           Row{R"("version":1)", R"("version":2)",
               "its version is 2, this program reads version 1"},
           Row{R"("version":1,)", "", "expected an object with the integers"},
       }) {
    CAPTURE(row.to);
    const std::string error{error_of(replaced(good, row.from, row.to))};
    CAPTURE(error);
    CHECK(error.find(row.error) != std::string::npos);
  }
}

TEST_CASE("fields that a newer minor version added are passed over") {
  const JournalEntry entry{plain_entry("shop", stored_noon)};
  std::string newer{replaced(encode_journal(entry), R"("minor":0)", R"("minor":1,"moon":{})")};
  newer = replaced(newer, R"("nodes_up":5)", R"("nodes_up":5,"nodes_asleep":[2])");
  const auto read{decode_journal(newer)};
  REQUIRE(read);
  CHECK(*read == entry);
}

TEST_CASE("a document cut off anywhere is an error, never a shorter entry") {
  const std::string good{encode_journal(plain_entry("shop", stored_noon))};
  for (std::size_t length{0}; length < good.size(); ++length) {
    CHECK(!decode_journal(std::string_view{good}.substr(0, length)));
  }
}

TEST_CASE("a document with any byte changed is read or refused, never trusted blindly") {
  const std::string good{encode_journal(plain_entry("shop", stored_noon))};
  StoredValues values{3};
  for (int i{0}; i < 3000; ++i) {
    std::string bad{good};
    bad[static_cast<std::size_t>(values.below(std::ssize(good)))] =
        static_cast<char>(values.below(256));
    const auto read{decode_journal(bad)};
    if (read) CHECK(decode_journal(encode_journal(*read)) == read);
  }
}

TEST_CASE("an oversized document is refused before it is parsed") {
  const auto read{decode_journal(std::string(journal_bytes_max + 1, ' '))};
  REQUIRE(!read);
  CHECK(read.error().code == Errc::too_large);
}

}  // namespace
}  // namespace spillway::state
