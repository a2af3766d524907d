#include "metrics/prometheus/prometheus_source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "controller/io/gather.hpp"
#include "controller/io/http_access.hpp"
#include "controller/io/http_date.hpp"
#include "controller/io/url.hpp"
#include "metrics/prometheus/instant_answer.hpp"
#include "metrics/prometheus/replica_choice.hpp"

namespace spillway::prometheus {

namespace asio = boost::asio;

namespace {

// A trial of a failed replica runs beside the real queries and must not hold up the tick for long.
constexpr Duration trial_limit{std::chrono::seconds{1}};

struct Replica {
  io::Url query_url{};
  bool wants_get{false};  ///< it answered 405 to a POST
};

/// True if another replica may know better: the query itself is not at fault.
bool is_replicas_fault(const Error& error) {
  return error.code != Errc::bad_request && error.code != Errc::cancelled;
}

std::string seconds_text(TimePoint at) {
  return fmt::format("{:.3f}", seconds(at.time_since_epoch()));
}

Result<Answer> interpret(const io::HttpResponse& response, std::string_view join_label,
                         const std::string& where) {
  if (response.status >= 300 && response.status < 400) {
    const auto location{response.headers.find("Location")};
    return Error{
        Errc::bad_request,
        fmt::format("{}: redirects to {}: redirects are not followed, set the url to where "
                    "the API is",
                    where, io::excerpt(location.value_or("nowhere"), 120))};
  }
  const bool is_success{response.status >= 200 && response.status < 300};
  // Errors in the API's own words are better than a status; a proxy's page has none.
  const bool has_words{response.body.find("\"errorType\"") != std::string::npos};
  const Error by_status{io::error_of_status(where, response)};
  if (!is_success && !has_words) return by_status;
  auto answer{parse_instant_answer(response.body, join_label)};
  if (answer && is_success) return answer;
  if (answer || answer.error().code == Errc::malformed) {
    return is_success ? with_context(where, answer.error()) : by_status;
  }
  Error stated{with_context(where, answer.error())};
  stated.retry_after = by_status.retry_after;
  // 422 and 400 speak of the query; any other status speaks of the server and weighs more.
  if (!is_success && by_status.code != Errc::bad_request) stated.code = by_status.code;
  return stated;
}

class PrometheusSource final : public MetricSource {
 public:
  PrometheusSource(io::Clock& clock, std::unique_ptr<io::HttpClient> client, std::string name,
                   PrometheusSettings settings, std::vector<Replica> replicas)
      : clock_{clock},
        client_{std::move(client)},
        name_{std::move(name)},
        settings_{std::move(settings)},
        access_{settings_.access},
        replicas_{std::move(replicas)},
        choice_{replicas_.size(), settings_.failback_after} {}

  const std::string& name() const override { return name_; }

  asio::awaitable<std::vector<Result<Answer>>> read(std::vector<Query> queries,
                                                    io::Deadline deadline) override;
  std::optional<Duration> clock_ahead() const override { return clock_ahead_; }

 private:
  using Answers = std::vector<Result<Answer>>;

  asio::awaitable<bool> rounds(const std::vector<Query>& queries, TimePoint at, Answers& answers,
                               io::Deadline deadline);
  asio::awaitable<bool> trial(const Query& query, TimePoint at, io::Deadline deadline);
  asio::awaitable<Result<Answer>> ask(std::size_t replica, const Query& query, TimePoint at,
                                      io::Deadline deadline);
  asio::awaitable<Result<io::HttpResponse>> send(std::size_t replica, const Query& query,
                                                 TimePoint at, io::Deadline deadline);
  void note_clock(const io::HttpResponse& response);
  io::HttpRequest request_for(const Replica& replica, const Query& query, TimePoint at) const;

  io::Clock& clock_;
  std::unique_ptr<io::HttpClient> client_;
  std::string name_;
  PrometheusSettings settings_;
  io::HttpAccess access_;
  std::vector<Replica> replicas_;
  ReplicaChoice choice_;
  std::optional<Duration> clock_ahead_{};  ///< of the replica that answered last
};

asio::awaitable<std::vector<Result<Answer>>> PrometheusSource::read(std::vector<Query> queries,
                                                                    io::Deadline deadline) {
  if (queries.empty()) co_return Answers{};
  const TimePoint at{clock_.now() - settings_.evaluation_delay};
  if (const auto refreshed{access_.refresh()}; !refreshed) {
    co_return Answers(queries.size(), with_context(name_, refreshed.error()));
  }
  Answers answers(queries.size(), Error{Errc::timeout, name_ + ": no time left to ask"});
  std::vector<asio::awaitable<bool>> work{};
  work.push_back(rounds(queries, at, answers, deadline));
  if (const auto failed{choice_.due_for_trial(clock_.now())}) {
    work.push_back(trial(queries.front(), at, deadline));
  }
  const std::size_t all{work.size()};
  co_await io::gather(std::move(work), all);
  co_return answers;
}

/// Asks replica after replica for what is still unanswered. Each gets an equal share of the time
/// left, so that one that hangs leaves time for the others.
asio::awaitable<bool> PrometheusSource::rounds(const std::vector<Query>& queries, TimePoint at,
                                               Answers& answers, io::Deadline deadline) {
  std::vector<std::size_t> open(queries.size());
  for (std::size_t i{0}; i < open.size(); ++i) open[i] = i;
  const std::vector<std::size_t> order{choice_.order()};
  for (std::size_t turn{0}; turn < order.size() && !open.empty(); ++turn) {
    const std::size_t replica{order[turn]};
    const Duration left{deadline.at - clock_.now()};
    if (left <= Duration::zero()) break;
    const io::Deadline share{clock_.now() + left / static_cast<int>(order.size() - turn)};
    std::vector<asio::awaitable<Result<Answer>>> asked{};
    asked.reserve(open.size());
    for (const std::size_t index : open) asked.push_back(ask(replica, queries[index], at, share));
    auto came =
        co_await io::gather(std::move(asked), static_cast<std::size_t>(settings_.queries_at_once));
    std::vector<std::size_t> still_open{};
    for (std::size_t i{0}; i < open.size(); ++i) {
      if (!came[i] && is_replicas_fault(came[i].error())) {
        still_open.push_back(open[i]);
        if (turn > 0)
          came[i] = with_context(answers[open[i]].error().context + "; then", came[i].error());
      }
      answers[open[i]] = std::move(came[i]);
    }
    // One query that times out does not condemn a replica that answers the others.
    if (still_open.size() == open.size()) {
      choice_.failed(replica, clock_.now());
    } else {
      choice_.succeeded(replica);
    }
    open = std::move(still_open);
  }
  co_return true;
}

/// One query to a failed replica, only to learn whether it is back; its answer is dropped.
asio::awaitable<bool> PrometheusSource::trial(const Query& query, TimePoint at,
                                              io::Deadline deadline) {
  const auto replica{choice_.due_for_trial(clock_.now())};
  if (!replica) co_return false;
  const io::Deadline soon{io::earlier(deadline, io::deadline_after(clock_, trial_limit))};
  const auto answer = co_await ask(*replica, query, at, soon);
  if (answer || !is_replicas_fault(answer.error())) {
    choice_.succeeded(*replica);
    co_return true;
  }
  choice_.failed(*replica, clock_.now());
  co_return false;
}

asio::awaitable<Result<Answer>> PrometheusSource::ask(std::size_t replica, const Query& query,
                                                      TimePoint at, io::Deadline deadline) {
  auto response = co_await send(replica, query, at, deadline);
  // A kept connection that the server has just closed; asking again changes nothing there.
  if (!response && response.error().code == Errc::unavailable) {
    response = co_await send(replica, query, at, deadline);
  }
  if (!response) co_return access_.redact(response.error());
  if ((response->status == 405 || response->status == 501) && !replicas_[replica].wants_get) {
    replicas_[replica].wants_get = true;
    response = co_await send(replica, query, at, deadline);
    if (!response) co_return access_.redact(response.error());
  }
  note_clock(*response);
  auto answer = interpret(*response, query.join_label, io::describe(replicas_[replica].query_url));
  if (!answer) co_return access_.redact(answer.error());
  co_return answer;
}

/// The header has whole seconds: half of one is its mean error.
void PrometheusSource::note_clock(const io::HttpResponse& response) {
  const auto date{response.headers.find("Date")};
  const auto theirs{date ? io::parse_http_date(*date) : std::nullopt};
  if (theirs) clock_ahead_ = *theirs + std::chrono::milliseconds{500} - clock_.now();
}

asio::awaitable<Result<io::HttpResponse>> PrometheusSource::send(std::size_t replica,
                                                                 const Query& query, TimePoint at,
                                                                 io::Deadline deadline) {
  auto request = request_for(replicas_[replica], query, at);
  co_return co_await client_->send(std::move(request), deadline);
}

io::HttpRequest PrometheusSource::request_for(const Replica& replica, const Query& query,
                                              TimePoint at) const {
  io::QueryParams parameters{{"query", query.text}, {"time", seconds_text(at)}};
  for (const auto& parameter : settings_.parameters) parameters.emplace_back(parameter);
  io::HttpRequest request{.url = replica.query_url};
  request.response_limit = static_cast<std::size_t>(settings_.answer_mib_max) * 1024 * 1024;
  request.headers.set("Accept", "application/json");
  if (replica.wants_get) {
    request.url.target = io::with_query(request.url.target, parameters);
  } else {
    request.method = "POST";
    request.headers.set("Content-Type", "application/x-www-form-urlencoded");
    request.body = io::encode_query(parameters);
  }
  access_.authorize(request);
  return request;
}

}  // namespace

Result<std::unique_ptr<MetricSource>> make_prometheus_source(io::Clock& clock,
                                                             std::unique_ptr<io::HttpClient> client,
                                                             std::string name,
                                                             PrometheusSettings settings) {
  if (settings.urls.empty()) return Error{Errc::bad_request, name + ": no urls are given"};
  std::vector<Replica> replicas{};
  for (const std::string& text : settings.urls) {
    auto url{io::parse_url(text)};
    if (!url) return Error{Errc::bad_request, with_context(name, url.error()).context};
    replicas.push_back({.query_url = io::join(std::move(*url), "/api/v1/query")});
  }
  return std::make_unique<PrometheusSource>(clock, std::move(client), std::move(name),
                                            std::move(settings), std::move(replicas));
}

Result<std::unique_ptr<MetricSource>> make_prometheus_source(asio::io_context& context,
                                                             io::Clock& clock, std::string name,
                                                             PrometheusSettings settings) {
  auto tls{io::HttpAccess{settings.access}.tls_options()};
  if (!tls) return with_context(name, tls.error());
  auto client{io::make_http_client(
      context, clock,
      {.tls = std::move(*tls),
       .connections_per_origin = static_cast<std::size_t>(settings.queries_at_once) + 1})};
  if (!client) return with_context(name, client.error());
  return make_prometheus_source(clock, std::move(*client), std::move(name), std::move(settings));
}

}  // namespace spillway::prometheus
