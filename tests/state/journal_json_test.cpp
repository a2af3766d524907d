#include "controller/state/journal_json.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>

#include "tests/state/samples.hpp"
#include "tests/support/printing.hpp"

namespace spillway::state::journal_json_test {
namespace {

using namespace std::chrono_literals;
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

/// An entry in which no two members of a struct have the same value.
JournalEntry distinct_entry() {
  const TimePoint at{stored_noon};
  const Place place{"sub-1", "eastus", "2", Priority::spot};
  const GroupSize size{0.5, 1.5, {3}};
  JournalEntry entry{.id = 99,
                     .at = at,
                     .workload = "shop",
                     .offers = {{place, size, {Money{5}}, 7, Because::quota_reached}},
                     .plan_limits = {"prefix", "hash", 4, false, 0.25, true, false, true},
                     .outcomes = {{"create", {"g-1"}, "accepted"}},
                     .settings_hash = "cafe",
                     .mode = "act"};
  entry.snapshot = {.taken_at = at + 1ms,
                    .workload = "shop-2",
                    .start_times = {30s, 60s},
                    .replica_price = {Money{6}},
                    .spend = {Money{7}, Money{8}, Money{9}}};
  entry.snapshot.readings.set("late", Reading::missing("prom is down"));
  entry.snapshot.readings.set("load", Reading::fresh(0.1, at - 1ms));
  entry.snapshot.readings.set("queue", Reading::stale(-2.5, at - 2ms, "old"));
  entry.snapshot.fleet.base = BasePool{{1}, {2}, {3}, {4}, {5}, 6, 7, true};
  entry.snapshot.fleet.vms = {{8}, {9}};
  entry.snapshot.fleet.burst = std::vector{
      Group{{"g-0"}, GroupPhase::draining, place, size, "hash", at - 9ms, at - 8ms, at - 7ms, 6}};
  entry.past = {.last = CountAt{at - 3ms, {10}},
                .last_burst = Replicas{11},
                .recommendations = {{at - 20ms, {12}}, {at - 10ms, {13}}},
                .changes = {{at - 15ms, {-1}}},
                .blind_since = at - 5ms,
                .sighted_since = at - 4ms,
                .memories = {{"surge", {1.5, -0.0}}}};
  entry.decision = {at, "shop-3", {14}, {15}, {16}, {17}, Because::saturated, true, {}, {}};
  entry.decision.recommendations = {
      {"surge", Replicas{18}, Replicas{19}, {}, true, Because::fallback, "words", {2.5}}};
  entry.decision.trail = {{"arbiter", {20}, {21}, Because::highest_floor, "more words"}};
  entry.plan = {.creates = {{{"g-1"}, place, size, {Money{5}}, Because::scale_out}},
                .readmits = {{{"g-2"}, Because::readmitted}},
                .drains = {{{"g-3"}, Because::scale_in}},
                .withheld = {{{22}, Because::paused}}};
  return entry;
}

TEST_CASE(
    "a document of version 1.0 is still read, and what it holds is written as it always was") {
  const std::string place{
      R"({"subscription":"sub-1","region":"eastus","zone":"2","priority":"spot"})"};
  const std::string size{R"({"vcpu":0.5,"memory_gb":1.5,"replicas":3})"};
  const std::string expected{
      R"({"version":1,"minor":0,"at":1795435200000,"workload":"shop","mode":"act",)"
      R"("settings_hash":"cafe","snapshot":{"taken_at":1795435200001,"workload":"shop-2",)"
      R"("readings":{"late":{"quality":"missing","why":"prom is down"},)"
      R"("load":{"quality":"fresh","value":0.1,"sampled_at":1795435199999},)"
      R"("queue":{"quality":"stale","value":-2.5,"sampled_at":1795435199998,"why":"old"}},)"
      R"("fleet":{"base":{"ready":1,"starting":2,"desired":3,"pending":4,"room":5,)"
      R"("nodes_up":6,"nodes_down":7,"is_rolling":true},"vms":{"ready":8,"starting":9},)"
      R"("burst":[{"id":"g-0","phase":"draining","place":)" +
      place + R"(,"size":)" + size +
      R"(,"template_hash":"hash","created_at":1795435199991,"serving_since":1795435199992,)"
      R"("draining_since":1795435199993,"in_flight":6}]},)"
      R"("start_times":{"median":30000,"p95":60000},"replica_price":6,)"
      R"("spend":{"this_hour":7,"today":8,"this_month":9}},)"
      R"("past":{"last":{"at":1795435199997,"count":10},"last_burst":11,)"
      R"("recommendations":[1795435199980,12,10,13],"changes":[1795435199985,-1],)"
      R"("blind_since":1795435199995,"sighted_since":1795435199996,)"
      R"("memories":{"surge":[1.5,-0]}},)"
      R"("decision":{"at":1795435200000,"workload":"shop-3","desired":14,"recommended":15,)"
      R"("burst":16,"vms":17,"because":"Saturated","is_blind":true,)"
      R"("recommendations":[{"policy":"surge","floor":18,"ceiling":19,"is_hold":true,)"
      R"("because":"Fallback","words":"words","memory":[2.5]}],)"
      R"("trail":[{"who":"arbiter","before":20,"after":21,"because":"HighestFloor",)"
      R"("words":"more words"}]},)"
      R"("offers":[{"place":)" +
      place + R"(,"size":)" + size +
      R"(,"price":5,"quota_left":7,"closed_because":"QuotaReached"}],)"
      R"("plan_limits":{"name_prefix":"prefix","template_hash":"hash","create_tokens":4,)"
      R"("drain_share_per_tick":0.25,"is_listing_stale":true,"is_scale_out_paused":false,)"
      R"("is_scale_in_paused":true},)"
      R"("plan":{"creates":[{"id":"g-1","place":)" +
      place + R"(,"size":)" + size +
      R"(,"price":5,"because":"ScaleOut"}],"readmits":[{"id":"g-2","because":"Readmitted"}],)"
      R"("drains":[{"id":"g-3","because":"ScaleIn"}],)"
      R"("withheld":[{"count":22,"because":"Paused"}]},)"
      R"("outcomes":[{"action":"create","group":"g-1","result":"accepted"}]})"};
  JournalEntry entry{distinct_entry()};
  CHECK(encode_journal(entry) == replaced(expected, R"("minor":0)", R"("minor":9)"));
  entry.id = 0;  // the store's, not the document's
  CHECK(*decode_journal(expected) == entry);
}

TEST_CASE("wishes for VMs and the tick of a shadow come back exactly") {
  JournalEntry entry{plain_entry("shop", stored_noon)};
  entry.decision.recommendations.front().vms = Replicas{8};
  const JournalEntry other{plain_entry("shop", stored_noon)};
  entry.shadow = ShadowTick{.past = other.past, .decision = other.decision};
  entry.shadow->record = {.since = stored_noon,
                          .at = stored_noon,
                          .requests = 0.1 + 0.2,
                          .acting = {.rent = usd(1.5), .late_requests = 3.25},
                          .shadow = {.rent = usd(1.25), .late_requests = 4.0, .lacks_price = true},
                          .service_rate = {1.0, 0.1, 2.0}};
  CHECK(*decode_journal(encode_journal(entry)) == entry);
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
  std::string newer{replaced(encode_journal(entry), R"("minor":9)", R"("minor":10,"moon":{})")};
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
}  // namespace spillway::state::journal_json_test
