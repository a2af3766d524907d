// One line of the filter: what is read, and what is refused and how.
#include "controller/cli/observation.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "controller/cli/commands.hpp"

namespace spillway::cli::observation_test {
namespace {

TEST_CASE("a whole line becomes a snapshot, machines counted as their replicas") {
  const auto seen{parse_observation(
      R"({"at":30.5,"load":142.5,"utilization":0.81,"queue":3,"late":0.002,"base":{"ready":8},)"
      R"("vms":{"ready":1,"starting":2},"burst":{"ready":4,"starting":2,"draining":1}})",
      {"web", 4, {}})};
  REQUIRE(seen.has_value());
  const Snapshot& snapshot{seen->snapshot};
  CHECK(snapshot.taken_at == TimePoint{duration_of_seconds(30.5)});
  CHECK(snapshot.readings["load"].fresh_value() == 142.5);
  CHECK(snapshot.readings["late"].fresh_value() == 0.002);
  CHECK(snapshot.fleet.base->ready == 8_replicas);
  CHECK(seen->vms == Observation::Vms::counted);
  CHECK(snapshot.fleet.vms.ready == 4_replicas);
  CHECK(snapshot.fleet.vms.starting == 8_replicas);
  CHECK(count_burst(*snapshot.fleet.burst) == BurstCount{{4}, {2}, {1}});
}

TEST_CASE("null and absent are missing, which is not zero") {
  const auto seen{
      parse_observation(R"({"at":0,"load":null,"base":null,"extra":[1]})", {"w", 1, {}})};
  REQUIRE(seen.has_value());
  CHECK(seen->snapshot.readings["load"].quality() == Quality::missing);
  CHECK(seen->snapshot.readings["utilization"].quality() == Quality::missing);
  CHECK(!seen->snapshot.fleet.base);
  CHECK(!seen->snapshot.fleet.burst);
  CHECK(seen->vms == Observation::Vms::absent);
}

TEST_CASE("a count that is null leaves its part of the fleet unknown") {
  const auto read{[](const std::string& sections) {
    return parse_observation("{\"at\":0," + sections + "}", {"w", 4, {}});
  }};
  CHECK(!read(R"("base":{"ready":null})")->snapshot.fleet.base);
  CHECK(!read(R"("base":{})")->snapshot.fleet.base);
  for (const char* const burst :
       {R"("burst":{"ready":null})", R"("burst":{})", R"("burst":{"starting":3})",
        R"("burst":{"ready":NaN})", R"("burst":{"ready":3,"starting":null})",
        R"("burst":{"ready":3,"draining":null})"}) {
    CAPTURE(burst);
    CHECK(!read(burst)->snapshot.fleet.burst);
  }
  CHECK(count_burst(*read(R"("burst":{"ready":3})")->snapshot.fleet.burst) ==
        BurstCount{{3}, {0}, {0}});
  CHECK(read(R"("burst":{"ready":0})")->snapshot.fleet.burst->empty());
  CHECK(read(R"("vms":{"ready":null})")->vms == Observation::Vms::unknown);
  CHECK(read(R"("vms":{"ready":1,"starting":null})")->vms == Observation::Vms::unknown);
  CHECK(read(R"("vms":{"ready":1})")->vms == Observation::Vms::counted);
  CHECK(read(R"("vms":null)")->vms == Observation::Vms::unknown);
  CHECK(read(R"("vms":NaN)")->vms == Observation::Vms::unknown);
}

TEST_CASE("NaN and Infinity, as Python writes them, are missing; within a text they are a text") {
  const auto seen{
      parse_observation(R"({"note":"a \"NaN\" of NaN","at":30,"load":NaN,"utilization":Infinity,)"
                        R"("queue":-Infinity,"late":nan,"list":[1,NaN]})",
                        {"w", 1, {}})};
  REQUIRE(seen.has_value());
  for (const char* const name : {"load", "utilization", "queue", "late"}) {
    CHECK(seen->snapshot.readings[name].quality() == Quality::missing);
  }
  CHECK(!parse_observation(R"({"at":30,"load":NaNa})", {"w", 1, {}}));
  CHECK(!parse_observation(R"({"at":30,"load":1NaN})", {"w", 1, {}}));
  CHECK(to_string(parse_observation(R"({"at":NaN})", {"w", 1, {}}).error())
            .find("\"at\" is missing") != std::string::npos);
}

TEST_CASE("a load of minus nothing is the noise of whoever computed it") {
  const auto seen{parse_observation(R"({"at":1,"load":-1e-12})", {"w", 1, {}})};
  REQUIRE(seen.has_value());
  CHECK(seen->snapshot.readings["load"].fresh_value() == 0.0);
}

TEST_CASE("a driver may tell how long starts take") {
  const auto start{[](const std::string& told) {
    const auto seen{parse_observation("{\"at\":0,\"start\":" + told + "}", {"w", 1, {}})};
    REQUIRE(seen.has_value());
    return std::pair{seen->tells_start, seen->snapshot.start_times};
  }};
  using namespace std::chrono_literals;
  CHECK(start(R"({"median_s":20,"p95_s":45.5})") == std::pair{true, StartTimes{20s, 45'500ms}});
  CHECK(start(R"({"median_s":20})") == std::pair{true, StartTimes{20s, 40s}});
  CHECK(start(R"({"p95_s":90})") == std::pair{true, StartTimes{45s, 90s}});
  CHECK(start(R"({"median_s":50,"p95_s":40})") == std::pair{true, StartTimes{50s, 50s}});
  CHECK(start(R"({"median_s":null})").first == false);
  CHECK(!parse_observation(R"({"at":0,"start":{"p95_s":1e9}})", {"w", 1, {}}));
}

TEST_CASE("a driver may tell what waits on standby, and what it cannot count is none") {
  const auto standby{[](const std::string& told) {
    const auto seen{parse_observation("{\"at\":0,\"standby\":" + told + "}", {"w", 1, {}})};
    REQUIRE(seen.has_value());
    return seen->snapshot.standby;
  }};
  using namespace std::chrono_literals;
  CHECK(standby(R"({"ready":3,"starting":1,"start_s":2.5})") == Standby{{3}, {1}, 2'500ms});
  CHECK(standby(R"({"ready":3})") == Standby{{3}, {0}, 5s});
  CHECK(standby(R"({"ready":3,"starting":null})") == Standby{{3}, {0}, 5s});
  CHECK(standby(R"({"ready":null,"starting":1})") == std::nullopt);
  CHECK(standby("null") == std::nullopt);
  CHECK(!parse_observation(R"({"at":0,"standby":{"ready":-1}})", {"w", 1, {}}));
  CHECK(!parse_observation(R"({"at":0,"standby":4})", {"w", 1, {}}));
}

TEST_CASE("a driver may tell a price and what was spent") {
  const auto money{[](const std::string& told) {
    const auto seen{parse_observation("{\"at\":0," + told + "}", {"w", 1, {}})};
    REQUIRE(seen.has_value());
    return seen->money;
  }};
  CHECK(money(R"("price":0.0594)").price == HourlyPrice{usd(0.0594)});
  CHECK(money(R"("price":null)").price == std::nullopt);
  CHECK(money(R"("price":NaN)").price == std::nullopt);
  CHECK(money(R"("spend":{"hour":0.5,"day":3,"month":61.25})").month == usd(61.25));
  CHECK(money(R"("spend":{"day":3,"month":null})").day == usd(3.0));
  CHECK(money(R"("spend":{"day":3,"month":null})").month == std::nullopt);
  CHECK(money(R"("spend":{"day":3})").hour == std::nullopt);
  CHECK(money(R"("spend":null)").day == std::nullopt);
}

TEST_CASE("what is no observation is refused with what was found and expected") {
  struct Row {
    const char* line;
    const char* words;
  };
  for (const Row& row : {
           Row{"", "expected a JSON object"},
           Row{"[1]", "a list; expected a JSON object"},
           Row{"{\"at\":1", "expected a JSON object"},
           Row{"{}", "\"at\" is missing"},
           Row{R"({"at":"1"})", "\"at\" is a text; expected a number"},
           Row{R"({"at":-1})", "expected 0 to"},
           Row{R"({"at":1,"load":-2})", "\"load\" is -2; expected 0 to"},
           Row{R"({"at":1,"load":1e999})", "\"load\""},
           Row{R"({"at":1,"late":7})", "\"late\" is 7; expected 0 to"},
           Row{R"({"at":1,"base":3})", "\"base\" is a number; expected an object"},
           Row{R"({"at":1,"base":{"ready":1.5}})", "expected a whole number"},
           Row{R"({"at":1,"burst":{"ready":-1}})", "burst"},
           Row{R"({"at":1,"vms":{"ready":1000000}})", "too many"},
           Row{R"({"at":1,"price":"0.06"})", "\"price\" is a text; expected a number"},
           Row{R"({"at":1,"price":-0.06})", "\"price\" is -0.06; expected 0 to"},
           Row{R"({"at":1,"price":1e9})", "\"price\" is 1e9; expected 0 to"},
           Row{R"({"at":1,"price":0})", "\"price\" is 0; expected USD per replica and hour"},
           Row{R"({"at":1,"spend":3})", "expected an object such as {\"day\": 3.4}"},
           Row{R"({"at":1,"spend":{"day":-1}})", "spend: \"day\" is -1"},
           Row{R"({"at":1} {"at":2})", "expected a JSON object"},
           Row{R"({"at":1,"x":[[[[[[[[[[1]]]]]]]]]]})", "expected a JSON object"},
       }) {
    CAPTURE(row.line);
    const auto seen{parse_observation(row.line, {"w", 4, {}})};
    REQUIRE(!seen.has_value());
    CAPTURE(to_string(seen.error()));
    CHECK(to_string(seen.error()).find(row.words) != std::string::npos);
  }
}

TEST_CASE("a time in milliseconds was told to be at most 1e+11, and not in which unit") {
  const auto seen{parse_observation(R"({"at":1764280000000,"load":40})", {"web", 1, {}})};
  REQUIRE(!seen.has_value());
  CHECK(seen.error().context ==
        "\"at\" is 1764280000000; expected 0 to 1e+11 seconds: this looks like milliseconds or a "
        "finer unit");
  const auto before{parse_observation(R"({"at":-5,"load":40})", {"web", 1, {}})};
  REQUIRE(!before.has_value());
  CHECK(before.error().context == "\"at\" is -5; expected 0 to 1e+11");
}

TEST_CASE("the help said that a utilization is at most 1, where CPU by its request may be more") {
  const auto seen{parse_observation(R"({"at":0,"utilization":1.8})", {"web", 1, {}})};
  REQUIRE(seen.has_value());
  CHECK(seen->snapshot.readings["utilization"].fresh_value() == 1.8);
  CHECK(std::string_view{decide_help}.find("utilization 0 to 1") == std::string_view::npos);
  const auto percent{parse_observation(R"({"at":0,"utilization":60})", {"web", 1, {}})};
  REQUIRE(!percent.has_value());
  CHECK(percent.error().context.find("(a share: 0.6, not 60)") != std::string::npos);
}

}  // namespace
}  // namespace spillway::cli::observation_test
