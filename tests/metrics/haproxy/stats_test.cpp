#include <doctest/doctest.h>
#include <fmt/format.h>

#include "metrics/haproxy/stats_query.hpp"
#include "metrics/haproxy/stats_table.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/printing.hpp"

namespace spillway::haproxy::stats_test {
namespace {

using namespace std::chrono_literals;
constexpr TimePoint now{testing::monday_noon};

const std::string table{
    "# pxname,svname,qcur,scur,slim,stot,status,type,last_chk,\n"
    "fe,FRONTEND,,5,100,50,OPEN,0,,\n"
    "web,a,0,4,10,30,UP,2,\"\"\"ok\"\", all fine\",\n"
    "web,b,1,3,10,20,DOWN,2,,\n"
    "web,c,0,0,,7,no check,2,,\n"
    "web,BACKEND,6,7,200,57,UP,1,,\n"
    "api,BACKEND,2,1,200,9,UP,1,,\n"
    "\n"};

const std::vector<std::string> columns{"qcur", "scur", "slim", "stot"};

StatsView view(TimePoint at, std::string_view text = table) {
  auto parsed{parse_stats(text, columns)};
  REQUIRE(parsed);
  return {.at = at,
          .columns = columns,
          .problems = std::move(parsed->problems),
          .rows = std::move(parsed->rows)};
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  return text.replace(text.find(from), from.size(), to);
}

Result<Answer> answer_to(std::string_view query, std::string_view join_label = "") {
  const auto parsed{parse_stats_query(query)};
  REQUIRE(parsed);
  return answer_stats(*parsed, join_label, view(now), nullptr);
}

TEST_CASE("rows are read by the names of their columns") {
  const auto parsed{parse_stats(table, {"stot", "qcur"})};
  REQUIRE(parsed);
  REQUIRE(parsed->rows.size() == 6);
  CHECK(parsed->rows[0].kind == RowKind::frontend);
  CHECK(parsed->rows[0].values == std::vector<std::optional<double>>{50.0, std::nullopt});
  CHECK(parsed->rows[1].server == "a");
  CHECK(parsed->rows[1].is_up);
  CHECK_FALSE(parsed->rows[2].is_up);
  CHECK(parsed->rows[3].is_up);
  CHECK(parsed->rows[4].values[1] == 6.0);
}

TEST_CASE("a column that is not there or holds texts spoils only the queries that need it") {
  const auto parsed{parse_stats(table, {"nope", "status", "stot"})};
  REQUIRE(parsed);
  CHECK(parsed->problems[0].find("no such column") != std::string::npos);
  CHECK(parsed->problems[1].find("OPEN") != std::string::npos);
  CHECK(parsed->problems[2].empty());
}

TEST_CASE("what is not a table of statistics is refused with line and reason") {
  struct Row {
    std::string_view name;
    std::string text;
    Errc code;
    std::string_view words;
  };
  const Row rows[]{
      {"nothing", "", Errc::malformed, "got nothing"},
      {"html", "<html>\n", Errc::malformed, "<html>"},
      {"refused", "Permission denied\n", Errc::denied, "Permission denied"},
      {"unknown command", "Unknown command: 'show'\n", Errc::malformed, "Unknown command"},
      {"no type", "# pxname,svname,status,\nweb,a,UP,\n", Errc::malformed, "`type`"},
      {"short row", replaced(table, "50,OPEN", "50"), Errc::malformed, "line 2: 9 cells"},
      {"odd type", replaced(table, "OPEN,0", "OPEN,9"), Errc::malformed, "line 2"},
      {"open quote", replaced(table, "OPEN,0,", "OPEN,0,\""), Errc::malformed, "quote"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const auto parsed{parse_stats(row.text, columns)};
    REQUIRE(!parsed);
    CHECK(parsed.error().code == row.code);
    CAPTURE(parsed.error().context);
    CHECK(parsed.error().context.find(row.words) != std::string::npos);
  }
}

TEST_CASE("a table cut off inside a line never passes for a whole one") {
  for (std::size_t size{0}; size < table.size(); ++size) {
    if (size > 0 && table[size - 1] == '\n') continue;  // between rows: the reader checks the end
    CAPTURE(size);
    CHECK(!parse_stats(std::string_view{table}.substr(0, size), columns));
  }
}

TEST_CASE("queries are understood") {
  struct Row {
    std::string_view text;
    StatsQuery query;
  };
  const Row rows[]{
      {"backend/web qcur", {.sum = {{.proxy = "web", .field = "qcur"}}}},
      {"  frontend/fe\n rate(stot) ",
       {.sum = {{.kind = RowKind::frontend, .proxy = "fe", .field = "stot", .is_rate = true}}}},
      {"0.5 * backend/a scur + backend/b scur",
       {.sum = {{.factor = 0.5, .proxy = "a", .field = "scur"}, {.proxy = "b", .field = "scur"}}}},
      {"server/web/* scur / up_server/web/* slim",
       {.sum = {{.kind = RowKind::server, .proxy = "web", .server = "*", .field = "scur"}},
        .divided_by = {{.kind = RowKind::server,
                        .only_up = true,
                        .proxy = "web",
                        .server = "*",
                        .field = "slim"}}}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const auto parsed{parse_stats_query(row.text)};
    REQUIRE(parsed);
    CHECK(*parsed == row.query);
  }
}

TEST_CASE("a wrong query says what was expected") {
  struct Row {
    std::string_view text;
    std::string_view words;
  };
  constexpr Row rows[]{
      {"", "expected, such as backend/web"},
      {"backend/web", "needs a field"},
      {"backend/ qcur", "expected backend/NAME"},
      {"backend/web/a qcur", "expected backend/NAME"},
      {"server/web qcur", "expected server/PROXY/NAME"},
      {"pool/web qcur", "expected frontend/NAME"},
      {"backend/web Qcur!", "expected a field"},
      {"backend/web rate()", "expected a field"},
      {"backend/web qcur backend/api qcur", "` + `"},
      {"backend/a x / backend/b y / backend/c z", "` + `"},
      {"backend/web qcur +", "expected, such as backend/web"},
      {"two * backend/web qcur", "not a number"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const auto parsed{parse_stats_query(row.text)};
    REQUIRE(!parsed);
    CHECK(parsed.error().code == Errc::bad_request);
    CAPTURE(parsed.error().context);
    CHECK(parsed.error().context.find(row.words) != std::string::npos);
  }
}

TEST_CASE("stars in names stand for anything") {
  CHECK(matches("web", "web"));
  CHECK_FALSE(matches("web", "web2"));
  CHECK(matches("*", ""));
  CHECK(matches("web*", "web"));
  CHECK(matches("*-b", "web-b"));
  CHECK(matches("a*b*c", "aXbYc"));
  CHECK(matches("a*b*c", "abbc"));
  CHECK_FALSE(matches("a*b*c", "acb"));
  CHECK_FALSE(matches("ab*b", "ab"));
}

TEST_CASE("cells, sums, factors and ratios") {
  CHECK(answer_to("backend/web qcur")->samples.at("").value == 6.0);
  CHECK(answer_to("backend/web qcur")->samples.at("").sampled_at == now);
  CHECK(answer_to("backend/* qcur")->samples.at("").value == 8.0);
  CHECK(answer_to("backend/web qcur + 0.5 * backend/api qcur")->samples.at("").value == 7.0);
  CHECK(answer_to("backend/web scur / backend/web slim")->samples.at("").value == 7.0 / 200.0);
  CHECK(answer_to("up_server/web/* scur")->samples.at("").value == 4.0);
}

TEST_CASE("a shared query has one sample for each proxy, or each server") {
  const auto proxies{answer_to("backend/* qcur", "proxy")};
  REQUIRE(proxies);
  CHECK(proxies->samples.size() == 2);
  CHECK(proxies->samples.at("api").value == 2.0);
  CHECK(answer_to("server/web/* scur", "server")->samples.at("b").value == 3.0);
  CHECK(!answer_to("backend/* qcur", "service"));
}

TEST_CASE("rows that are not there give no sample, and say so") {
  const auto answer{answer_to("backend/wbe qcur")};
  REQUIRE(answer);
  CHECK(answer->samples.empty());
  CHECK(answer->warnings == std::vector<std::string>{"backend/wbe: HAProxy has no such row"});
}

TEST_CASE("an empty cell is not zero: the sum is incomplete") {
  const auto answer{answer_to("server/web/* slim")};
  REQUIRE(answer);
  CHECK(answer->samples.at("").value == 20.0);
  CHECK(answer->warnings == std::vector<std::string>{"web/c: `slim` is empty"});
}

TEST_CASE("a ratio over zero has no sample") {
  CHECK(answer_to("backend/web qcur / server/web/c scur")->samples.empty());
}

TEST_CASE("an unknown column is an error of its query") {
  const auto query{parse_stats_query("backend/web nope")};
  StatsView seen{view(now)};
  seen.columns[0] = "nope";
  seen.problems[0] = "there is no such column";
  const auto answer{answer_stats(*query, "", seen, nullptr)};
  REQUIRE(!answer);
  CHECK(answer.error().code == Errc::bad_request);
}

TEST_CASE("a rate needs two views, and is the increase per second between them") {
  const auto query{parse_stats_query("backend/web rate(stot)")};
  const StatsView before{view(now - 2s)};
  const StatsView after{
      view(now, replaced(table, "web,BACKEND,6,7,200,57", "web,BACKEND,6,7,200,77"))};
  CHECK(answer_stats(*query, "", after, nullptr)->samples.empty());
  const auto answer{answer_stats(*query, "", after, &before)};
  CHECK(answer->samples.at("").value == 10.0);
  CHECK(answer->warnings.empty());
}

TEST_CASE("a counter that went back is counted from zero, with a warning") {
  const auto query{parse_stats_query("backend/web rate(stot)")};
  const StatsView before{view(now - 2s)};
  const StatsView after{
      view(now, replaced(table, "web,BACKEND,6,7,200,57", "web,BACKEND,6,7,200,8"))};
  const auto answer{answer_stats(*query, "", after, &before)};
  CHECK(answer->samples.at("").value == 4.0);
  REQUIRE(answer->warnings.size() == 1);
  CHECK(answer->warnings[0].find("restarted") != std::string::npos);
}

TEST_CASE("a server added between two reads counts from zero") {
  const auto query{parse_stats_query("server/web/* rate(stot)")};
  const StatsView before{view(now - 1s)};
  const StatsView after{view(now, table + "web,d,0,0,10,3,UP,2,,\n")};
  CHECK(answer_stats(*query, "", after, &before)->samples.at("").value == 3.0);
}

TEST_CASE("a HAProxy that was not read last time has no rate yet") {
  const auto query{parse_stats_query("backend/web rate(stot)")};
  const StatsView before{view(now - 1s)};
  StatsView after{view(now)};
  for (StatsRow& row : view(now).rows) {
    row.instance = 1;
    after.rows.push_back(row);
  }
  const auto answer{answer_stats(*query, "", after, &before)};
  CHECK(answer->samples.at("").value == 0.0);
  REQUIRE(answer->warnings.size() == 1);
  CHECK(answer->warnings[0].find("not read last time") != std::string::npos);
}

}  // namespace
}  // namespace spillway::haproxy::stats_test
