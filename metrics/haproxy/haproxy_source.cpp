#include "metrics/haproxy/haproxy_source.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

#include "controller/io/gather.hpp"
#include "controller/io/http_access.hpp"
#include "controller/io/http_client.hpp"
#include "controller/io/stream_socket.hpp"
#include "controller/io/url.hpp"
#include "metrics/haproxy/stats_query.hpp"

namespace spillway::haproxy {

namespace asio = boost::asio;

namespace {

// A rate over less than this would be mostly noise; the earlier view is kept instead.
constexpr Duration rate_window_min{500};

struct Instance {
  std::string address{};
  std::variant<io::Endpoint, io::Url> where{};
};

class HaproxySource final : public MetricSource {
 public:
  HaproxySource(io::Clock& clock, std::unique_ptr<io::HttpClient> client, std::string name,
                HaproxyStatsSettings settings, std::vector<Instance> instances)
      : clock_{clock},
        client_{std::move(client)},
        name_{std::move(name)},
        settings_{std::move(settings)},
        access_{settings_.access},
        instances_{std::move(instances)} {}

  const std::string& name() const override { return name_; }

  asio::awaitable<std::vector<Result<Answer>>> read(std::vector<Query> queries,
                                                    io::Deadline deadline) override;

 private:
  asio::awaitable<Result<std::string>> fetch(std::size_t instance, io::Deadline deadline);
  asio::awaitable<Result<std::string>> fetch_page(io::Url url, io::Deadline deadline);
  void remember(StatsView view);

  io::Clock& clock_;
  std::unique_ptr<io::HttpClient> client_;
  std::string name_;
  HaproxyStatsSettings settings_;
  io::HttpAccess access_;
  std::vector<Instance> instances_;
  std::optional<StatsView> before_{};  ///< for rates
};

std::vector<std::string> columns_of(const std::vector<Result<StatsQuery>>& queries) {
  std::vector<std::string> columns{};
  for (const auto& query : queries) {
    if (!query) continue;
    for (const Term& term : query->sum) columns.push_back(term.field);
    for (const Term& term : query->divided_by) columns.push_back(term.field);
  }
  std::sort(columns.begin(), columns.end());
  columns.erase(std::unique(columns.begin(), columns.end()), columns.end());
  return columns;
}

/// What was read of all instances: the rows of those that answered, the errors of the others.
struct Harvest {
  StatsView view{};
  std::vector<Error> errors{};
};

Harvest harvest(const std::vector<Result<std::string>>& texts,
                const std::vector<Instance>& instances, std::vector<std::string> columns,
                TimePoint now) {
  Harvest all{.view = {.at = now, .columns = std::move(columns)}};
  all.view.problems.resize(all.view.columns.size());
  for (std::size_t i{0}; i < texts.size(); ++i) {
    auto table{texts[i] ? parse_stats(*texts[i], all.view.columns)
                        : Result<StatsTable>{texts[i].error()}};
    if (!table) {
      all.errors.push_back(with_context(instances[i].address, table.error()));
      continue;
    }
    for (std::size_t column{0}; column < all.view.problems.size(); ++column) {
      if (!table->problems[column].empty()) all.view.problems[column] = table->problems[column];
    }
    for (StatsRow& row : table->rows) {
      row.instance = static_cast<std::uint32_t>(i);
      all.view.rows.push_back(std::move(row));
    }
  }
  return all;
}

asio::awaitable<std::vector<Result<Answer>>> HaproxySource::read(std::vector<Query> queries,
                                                                 io::Deadline deadline) {
  std::vector<Result<StatsQuery>> parsed{};
  parsed.reserve(queries.size());
  for (const Query& query : queries) parsed.push_back(parse_stats_query(query.text));
  std::vector<asio::awaitable<Result<std::string>>> fetches{};
  for (std::size_t i{0}; i < instances_.size(); ++i) fetches.push_back(fetch(i, deadline));
  const std::vector<Result<std::string>> texts{
      co_await io::gather(std::move(fetches), instances_.size())};
  Harvest all{harvest(texts, instances_, columns_of(parsed), clock_.now())};
  std::vector<Result<Answer>> answers{};
  const bool is_blind{all.errors.size() == instances_.size()};
  const bool can_compare{before_ && before_->columns == all.view.columns};
  for (std::size_t i{0}; i < queries.size(); ++i) {
    if (!parsed[i]) {
      answers.emplace_back(parsed[i].error());
    } else if (is_blind) {
      answers.emplace_back(all.errors.front());
    } else {
      auto answer{answer_stats(*parsed[i], queries[i].join_label, all.view,
                               can_compare ? &*before_ : nullptr)};
      for (const Error& error : all.errors) {
        if (answer) answer->warnings.push_back(to_string(error));
      }
      answers.push_back(std::move(answer));
    }
  }
  if (!is_blind) remember(std::move(all.view));
  co_return answers;
}

void HaproxySource::remember(StatsView view) {
  const bool is_same{before_ && before_->columns == view.columns};
  if (is_same && view.at - before_->at < rate_window_min) return;
  before_ = std::move(view);
}

asio::awaitable<Result<std::string>> HaproxySource::fetch(std::size_t instance,
                                                          io::Deadline deadline) {
  const auto& where{instances_[instance].where};
  if (const auto* url{std::get_if<io::Url>(&where)}) co_return co_await fetch_page(*url, deadline);
  const io::Endpoint endpoint{std::get<io::Endpoint>(where)};
  const auto limit{static_cast<std::size_t>(settings_.answer_mib_max) * 1024 * 1024};
  auto text = co_await io::exchange(endpoint, "show stat\n", limit, clock_, deadline);
  // The runtime API ends each answer with an empty line; without it the table was cut off.
  if (text && text->starts_with("# pxname") && !text->ends_with("\n\n")) {
    co_return Error{Errc::malformed, "the statistics are cut off"};
  }
  co_return text;
}

asio::awaitable<Result<std::string>> HaproxySource::fetch_page(io::Url url, io::Deadline deadline) {
  if (const auto refreshed{access_.refresh()}; !refreshed) co_return refreshed.error();
  io::HttpRequest request{.url = url};
  request.response_limit = static_cast<std::size_t>(settings_.answer_mib_max) * 1024 * 1024;
  access_.authorize(request);
  auto response = co_await client_->send(std::move(request), deadline);
  if (!response) co_return access_.redact(response.error());
  if (response->status != 200) {
    co_return access_.redact(io::error_of_status(io::describe(url), *response));
  }
  co_return std::move(response->body);
}

}  // namespace

Result<std::unique_ptr<MetricSource>> make_haproxy_source(asio::io_context& context,
                                                          io::Clock& clock, std::string name,
                                                          HaproxyStatsSettings settings) {
  if (settings.addresses.empty())
    return Error{Errc::bad_request, name + ": no addresses are given"};
  std::vector<Instance> instances{};
  for (const std::string& address : settings.addresses) {
    Instance instance{.address = address};
    if (address.starts_with("http")) {
      auto url{io::parse_url(address)};
      if (!url) return Error{Errc::bad_request, with_context(name, url.error()).context};
      instance.where = std::move(*url);
    } else {
      auto endpoint{io::parse_endpoint(address)};
      if (!endpoint) return Error{Errc::bad_request, with_context(name, endpoint.error()).context};
      instance.where = std::move(*endpoint);
    }
    instances.push_back(std::move(instance));
  }
  auto tls{io::HttpAccess{settings.access}.tls_options()};
  if (!tls) return with_context(name, tls.error());
  auto client{io::make_http_client(context, clock, {.tls = std::move(*tls)})};
  if (!client) return with_context(name, client.error());
  return std::make_unique<HaproxySource>(clock, std::move(*client), std::move(name),
                                         std::move(settings), std::move(instances));
}

}  // namespace spillway::haproxy
