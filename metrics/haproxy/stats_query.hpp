// The query language of the HAProxy source, pure: text to query, query and rows to an answer.
//
//   backend/web qcur                                     one cell
//   backend/web rate(stot)                               increase per second since the last read
//   frontend/fe req_rate + frontend/fe2 req_rate         a sum
//   server/web/* scur / up_server/web/* slim             a ratio of sums
//   0.001 * backend/web rtime                            a factor: milliseconds to seconds
//
// Rows: `frontend/NAME`, `backend/NAME`, `listener/PROXY/NAME`, `server/BACKEND/NAME`, and
// `up_server/BACKEND/NAME` for servers that take traffic (not DOWN, MAINT, DRAIN). `*` in a name
// stands for anything; all rows that match are added up. Any numeric column of `show stat` is a
// field (HAProxy's management guide, section 9.1); those that signals are made of:
//
//   field       rows                       what it is
//   qcur        backend, server            requests waiting now: `queue`
//   scur        all                        sessions now; with keep-alive at a frontend: connections
//   slim        frontend, backend, server  limit of sessions (a server's maxconn); empty if none
//   stot        all                        sessions so far: rate(stot) of a backend is `load`
//   rate        all                        sessions in the last second
//   req_rate    frontend                   HTTP requests in the last second: `load`, rejected too
//   req_tot     frontend, backend          HTTP requests so far
//   hrsp_5xx    all                        answers with status 5xx so far
//   econ eresp  backend, server            connection and response errors so far
//   qtime rtime ttime   backend, server    ms waiting, responding, in all: mean of the last 1024
//   act         backend                    active servers that are up
//
// With a join label, `proxy` or `server`, there is one sample for each name of that kind.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "controller/core/error.hpp"
#include "controller/core/units.hpp"
#include "metrics/haproxy/stats_table.hpp"
#include "metrics/metric_source.hpp"

namespace spillway::haproxy {

struct Term {
  double factor{1.0};
  RowKind kind{RowKind::backend};
  bool only_up{false};
  std::string proxy{};   ///< may hold `*`
  std::string server{};  ///< may hold `*`; empty: the proxy's own row
  std::string field{};
  bool is_rate{false};

  bool operator==(const Term&) const = default;
};

struct StatsQuery {
  std::vector<Term> sum{};
  std::vector<Term> divided_by{};  ///< empty: not a ratio

  bool operator==(const StatsQuery&) const = default;
};

/// Error: `bad_request`, saying what was expected where.
Result<StatsQuery> parse_stats_query(std::string_view text);

/// All rows at one moment, of every HAProxy that is read.
struct StatsView {
  TimePoint at{};
  std::vector<std::string> columns{};
  std::vector<std::string> problems{};  ///< of each column; empty: none
  std::vector<StatsRow> rows{};
};

/// The answer to `query`. `before` is an earlier view with the same columns, for rates; null if
/// there is none yet: then rates have no samples. Empty cells add nothing and are warned about,
/// and so are counters that went back (HAProxy was restarted) and rows that no earlier view of
/// their HAProxy shows. A ratio whose divisor is 0 has no sample. Error: `bad_request` for an
/// unknown join label, or a column with a problem.
Result<Answer> answer_stats(const StatsQuery& query, std::string_view join_label,
                            const StatsView& now, const StatsView* before);

/// True if `text` matches `pattern`, in which `*` stands for any characters.
bool matches(std::string_view pattern, std::string_view text);

}  // namespace spillway::haproxy
