#include "metrics/haproxy/stats_query.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "controller/io/http.hpp"

namespace spillway::haproxy {

namespace {

Error wrong(std::string what) {
  return {Errc::bad_request, std::move(what)};
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words{};
  while (true) {
    const auto begin{text.find_first_not_of(" \t\r\n")};
    if (begin == std::string_view::npos) return words;
    const auto end{std::min(text.find_first_of(" \t\r\n", begin), text.size())};
    words.push_back(text.substr(begin, end - begin));
    text.remove_prefix(end);
  }
}

bool is_field_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

Result<Term> parse_rows(std::string_view word) {
  const auto first{word.find('/')};
  const std::string_view kind{word.substr(0, first)};
  const std::string_view rest{first == std::string_view::npos ? "" : word.substr(first + 1)};
  const auto second{rest.find('/')};
  Term term{.proxy = std::string{rest.substr(0, second)}};
  if (second != std::string_view::npos) term.server = rest.substr(second + 1);
  const bool wants_server{kind == "server" || kind == "up_server" || kind == "listener"};
  if (kind == "frontend") {
    term.kind = RowKind::frontend;
  } else if (kind == "listener") {
    term.kind = RowKind::listener;
  } else if (wants_server) {
    term.kind = RowKind::server;
    term.only_up = kind == "up_server";
  } else if (kind != "backend") {
    return wrong(
        fmt::format("`{}`: expected frontend/NAME, backend/NAME, server/BACKEND/NAME, "
                    "up_server/BACKEND/NAME or listener/PROXY/NAME",
                    io::excerpt(word, 80)));
  }
  if (term.proxy.empty() || wants_server == term.server.empty() ||
      term.server.find('/') != std::string::npos) {
    return wrong(fmt::format("`{}`: expected {}/{}", io::excerpt(word, 80), kind,
                             wants_server ? "PROXY/NAME" : "NAME"));
  }
  return term;
}

Result<void> parse_field(std::string_view word, Term& term) {
  std::string_view field{word};
  if (field.starts_with("rate(") && field.ends_with(')')) {
    field = field.substr(5, field.size() - 6);
    term.is_rate = true;
  }
  if (!is_field_name(field)) {
    return wrong(
        fmt::format("`{}`: expected a field such as qcur, or rate(stot)", io::excerpt(word, 80)));
  }
  term.field = field;
  return {};
}

std::optional<double> parse_factor(std::string_view word) {
  double factor{0.0};
  const auto [end, failure]{std::from_chars(word.data(), word.data() + word.size(), factor)};
  if (failure != std::errc{} || end != word.data() + word.size()) return std::nullopt;
  return factor;
}

struct RowKey {
  const StatsRow& row;
  auto tied() const { return std::tie(row.instance, row.kind, row.proxy, row.server); }
};

/// The rows of an earlier view, found by their names.
class Earlier {
 public:
  explicit Earlier(const StatsView* before) : before_{before} {
    if (before == nullptr) return;
    for (const StatsRow& row : before->rows) sorted_.push_back(&row);
    std::sort(sorted_.begin(), sorted_.end(), is_before);
  }

  const StatsRow* find(const StatsRow& row) const {
    const auto at{std::lower_bound(sorted_.begin(), sorted_.end(), &row, is_before)};
    return at == sorted_.end() || is_before(&row, *at) ? nullptr : *at;
  }

  bool knows_instance(std::uint32_t instance) const {
    return std::any_of(sorted_.begin(), sorted_.end(),
                       [=](const StatsRow* row) { return row->instance == instance; });
  }

  const StatsView* view() const { return before_; }

 private:
  static bool is_before(const StatsRow* a, const StatsRow* b) {
    return RowKey{*a}.tied() < RowKey{*b}.tied();
  }

  const StatsView* before_;
  std::vector<const StatsRow*> sorted_{};
};

std::string rows_of(const Term& term) {
  const std::string_view kind{term.kind == RowKind::frontend  ? "frontend"
                              : term.kind == RowKind::backend ? "backend"
                              : term.kind == RowKind::server  ? "server"
                                                              : "listener"};
  return fmt::format("{}/{}{}{}", kind, term.proxy, term.server.empty() ? "" : "/", term.server);
}

class Evaluation {
 public:
  Evaluation(std::string_view join_label, const StatsView& now, const StatsView* before)
      : join_label_{join_label}, now_{now}, before_{before} {}

  using Sums = std::map<std::string, double, std::less<>>;

  Sums add_up(const std::vector<Term>& terms) {
    Sums sums{};
    for (const Term& term : terms) {
      const auto column{static_cast<std::size_t>(
          std::find(now_.columns.begin(), now_.columns.end(), term.field) - now_.columns.begin())};
      bool is_found{false};
      for (const StatsRow& row : now_.rows) {
        if (!is_meant(row, term)) continue;
        is_found = true;
        const auto value{term.is_rate ? rate(row, column) : cell(row, column)};
        if (!value) continue;
        sums[key_of(row)] += term.factor * *value;
      }
      if (!is_found) warn(rows_of(term), "HAProxy has no such row");
    }
    return sums;
  }

  std::vector<std::string> take_warnings() { return std::move(warnings_); }

 private:
  static bool is_meant(const StatsRow& row, const Term& term) {
    if (row.kind != term.kind || (term.only_up && !row.is_up)) return false;
    if (!matches(term.proxy, row.proxy)) return false;
    return term.server.empty() || matches(term.server, row.server);
  }

  std::string key_of(const StatsRow& row) const {
    if (join_label_.empty()) return {};
    return join_label_ == "proxy" ? row.proxy : row.server;
  }

  std::optional<double> cell(const StatsRow& row, std::size_t column) {
    if (!row.values[column]) warn(row, fmt::format("`{}` is empty", now_.columns[column]));
    return row.values[column];
  }

  std::optional<double> rate(const StatsRow& row, std::size_t column) {
    const auto value{cell(row, column)};
    if (!value || before_.view() == nullptr) return std::nullopt;
    const double passed_s{seconds(now_.at - before_.view()->at)};
    if (!(passed_s > 0.0)) return std::nullopt;
    if (!before_.knows_instance(row.instance)) {
      warn(row, "its HAProxy was not read last time, so there is no rate yet");
      return std::nullopt;
    }
    // A row that was not there has been added since, and its counters began at zero.
    const StatsRow* earlier{before_.find(row)};
    const double last{earlier == nullptr ? 0.0 : earlier->values[column].value_or(0.0)};
    if (*value < last) {
      warn(row, fmt::format("`{}` went back: HAProxy was restarted", now_.columns[column]));
      return *value / passed_s;
    }
    return (*value - last) / passed_s;
  }

  void warn(const StatsRow& row, std::string_view what) {
    warn(row.proxy + "/" + row.server, what);
  }

  void warn(std::string_view subject, std::string_view what) {
    if (warnings_.size() >= 8) return;  // enough for a person
    warnings_.push_back(fmt::format("{}: {}", subject, what));
  }

  std::string_view join_label_;
  const StatsView& now_;
  Earlier before_;
  std::vector<std::string> warnings_{};
};

std::optional<Error> column_problem(const std::vector<Term>& terms, const StatsView& view) {
  for (const Term& term : terms) {
    const auto at{std::find(view.columns.begin(), view.columns.end(), term.field)};
    SPILLWAY_ASSERT(at != view.columns.end());
    const std::string& problem{view.problems[static_cast<std::size_t>(at - view.columns.begin())]};
    if (!problem.empty()) return wrong(fmt::format("HAProxy's `{}`: {}", term.field, problem));
  }
  return std::nullopt;
}

}  // namespace

bool matches(std::string_view pattern, std::string_view text) {
  const auto star{pattern.find('*')};
  if (star == std::string_view::npos) return pattern == text;
  if (!text.starts_with(pattern.substr(0, star))) return false;
  text.remove_prefix(star);
  pattern.remove_prefix(star);
  // Each piece between stars is taken at its first place, the last one at the end.
  while (true) {
    pattern.remove_prefix(1);
    const auto next{pattern.find('*')};
    if (next == std::string_view::npos) return text.ends_with(pattern);
    const auto at{text.find(pattern.substr(0, next))};
    if (at == std::string_view::npos) return false;
    text.remove_prefix(at + next);
    pattern.remove_prefix(next);
  }
}

Result<StatsQuery> parse_stats_query(std::string_view text) {
  const std::vector<std::string_view> words{words_of(text)};
  StatsQuery query{};
  std::vector<Term>* into{&query.sum};
  for (std::size_t i{0};; ++i) {
    const auto word{
        [&](std::size_t at) { return at < words.size() ? words[at] : std::string_view{}; }};
    std::optional<double> factor{};
    if (word(i + 1) == "*") {
      factor = parse_factor(word(i));
      if (!factor) return wrong(fmt::format("`{}` before `*` is not a number", word(i)));
      i += 2;
    }
    if (word(i).empty()) {
      return wrong("the query ends where rows are expected, such as backend/web");
    }
    auto term{parse_rows(word(i))};
    if (!term) return term.error();
    if (word(++i).empty()) {
      return wrong(fmt::format("`{}` needs a field, such as qcur or rate(stot)", word(i - 1)));
    }
    if (const auto field{parse_field(word(i), *term)}; !field) return field.error();
    term->factor = factor.value_or(1.0);
    into->push_back(std::move(*term));
    if (word(++i).empty()) return query;
    if (word(i) == "/" && into == &query.sum) {
      into = &query.divided_by;
    } else if (word(i) != "+") {
      return wrong(
          fmt::format("`{}`: expected ` + ` or one ` / ` between terms", io::excerpt(word(i), 40)));
    }
  }
}

Result<Answer> answer_stats(const StatsQuery& query, std::string_view join_label,
                            const StatsView& now, const StatsView* before) {
  if (!join_label.empty() && join_label != "proxy" && join_label != "server") {
    return wrong(fmt::format("join label `{}`: HAProxy's rows have `proxy` and `server`",
                             io::excerpt(join_label, 40)));
  }
  if (auto problem{column_problem(query.sum, now)}) return std::move(*problem);
  if (auto problem{column_problem(query.divided_by, now)}) return std::move(*problem);
  Evaluation evaluation{join_label, now, before};
  const auto sums{evaluation.add_up(query.sum)};
  const auto divisors{evaluation.add_up(query.divided_by)};
  Answer answer{.warnings = evaluation.take_warnings()};
  for (const auto& [key, sum] : sums) {
    double value{sum};
    if (!query.divided_by.empty()) {
      const auto divisor{divisors.find(key)};
      if (divisor == divisors.end() || divisor->second == 0.0) continue;
      value /= divisor->second;
    }
    answer.samples.emplace(key, Sample{.value = value, .sampled_at = now.at});
  }
  return answer;
}

}  // namespace spillway::haproxy
