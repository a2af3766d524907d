// What HAProxy answers on its socket, and the queries that people write about it.

#include <string>
#include <vector>

#include "controller/traffic/haproxy/answers.hpp"
#include "controller/traffic/haproxy/map_entry.hpp"
#include "metrics/haproxy/stats_query.hpp"
#include "metrics/haproxy/stats_table.hpp"
#include "tests/fuzz/input.hpp"

namespace spillway::fuzz_haproxy {

SPILLWAY_FUZZ_TARGET(haproxy, data, size) {
  const std::string_view answer{fuzz::text(data, size)};
  const std::vector<std::string> columns{"stot", "qcur", "status", "no_such_column"};
  if (const auto table = haproxy::parse_stats(answer, columns)) {
    SPILLWAY_ASSERT(table->problems.size() == columns.size());
    for (const auto& row : table->rows) SPILLWAY_ASSERT(row.values.size() == columns.size());
    const auto query = haproxy::parse_stats_query("backend/web qcur / server/web/* stot");
    SPILLWAY_ASSERT(query.has_value());
    const haproxy::StatsView view{
        .columns = columns, .problems = table->problems, .rows = table->rows};
    (void)haproxy::answer_stats(*query, "proxy", view, &view).has_value();
  }
  if (const auto query = haproxy::parse_stats_query(answer)) SPILLWAY_ASSERT(!query->sum.empty());
  if (const auto servers = haproxy::parse_servers(answer)) {
    for (const auto& server : *servers) SPILLWAY_ASSERT(!server.name.empty());
  }
  if (const auto number = haproxy::parse_backend_number(answer)) {
    SPILLWAY_ASSERT(number->value_or(0) >= 0);
  }
  const haproxy::MapEntry entry{.file = "f", .key = "www", .value = "burst"};
  if (const auto present = haproxy::parse_entry(answer, entry)) {
    (void)haproxy::entry_step(entry, *present, false).has_value();
  }
  (void)haproxy::parse_entry_changed(answer, entry).has_value();
  (void)haproxy::parse_added(answer).has_value();
  (void)haproxy::parse_changed(answer).has_value();
  (void)haproxy::parse_deleted(answer).has_value();
  return 0;
}

}  // namespace spillway::fuzz_haproxy
