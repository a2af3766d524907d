#include "metrics/prometheus/range_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "controller/io/url.hpp"

namespace spillway::prometheus {

namespace asio = boost::asio;

namespace {

std::string range_seconds(TimePoint at) {
  return fmt::format("{:.3f}", seconds(at.time_since_epoch()));
}

}  // namespace

std::vector<RangeQuery> range_chunks(const RangeQuery& whole, int points) {
  std::vector<RangeQuery> chunks;
  const Duration length{whole.step * std::clamp(points, 1, range_points_max)};
  for (TimePoint from{whole.from}; from < whole.to; from += length) {
    // Both ends are answered, so that a chunk ends one step before the next begins.
    chunks.push_back({.text = whole.text,
                      .from = from,
                      .to = std::min(from + length, whole.to) - whole.step,
                      .step = whole.step});
    chunks.back().to = std::max(chunks.back().to, from);
  }
  return chunks;
}

asio::awaitable<Result<std::vector<RangePoint>>> RangeReader::read(RangeQuery query,
                                                                   io::Deadline deadline) {
  if (const auto refreshed{access_.refresh()}; !refreshed) {
    co_return with_context(name_, refreshed.error());
  }
  Error last{Errc::bad_request, name_ + ": no urls are given"};
  for (const std::string& url : settings_.urls) {
    auto points = co_await ask(url, query, deadline);
    if (points || points.error().code == Errc::bad_request) co_return points;
    last = points.error();
  }
  co_return last;
}

asio::awaitable<Result<std::vector<RangePoint>>> RangeReader::ask(std::string url, RangeQuery query,
                                                                  io::Deadline deadline) {
  auto base{io::parse_url(url)};
  if (!base) co_return with_context(name_, base.error());
  io::QueryParams parameters{{"query", query.text},
                             {"start", range_seconds(query.from)},
                             {"end", range_seconds(query.to)},
                             {"step", fmt::format("{:.3f}", seconds(query.step))}};
  for (const auto& parameter : settings_.parameters) parameters.emplace_back(parameter);
  io::HttpRequest request{.method = "POST"};
  request.url = io::join(std::move(*base), "/api/v1/query_range");
  request.response_limit = static_cast<std::size_t>(settings_.answer_mib_max) * 1024 * 1024;
  request.headers.set("Accept", "application/json");
  request.headers.set("Content-Type", "application/x-www-form-urlencoded");
  request.body = io::encode_query(parameters);
  access_.authorize(request);
  const std::string where{io::describe(request.url)};
  auto response = co_await client_->send(std::move(request), deadline);
  if (!response) co_return access_.redact(response.error());
  const bool has_words{response->body.find("\"errorType\"") != std::string::npos};
  if ((response->status < 200 || response->status >= 300) && !has_words) {
    co_return access_.redact(io::error_of_status(where, *response));
  }
  auto points{parse_range_answer(response->body)};
  if (!points) co_return access_.redact(with_context(where, points.error()));
  co_return points;
}

Result<std::unique_ptr<RangeReader>> make_range_reader(asio::io_context& context, io::Clock& clock,
                                                       std::string name,
                                                       PrometheusSettings settings) {
  auto tls{io::HttpAccess{settings.access}.tls_options()};
  if (!tls) return with_context(name, tls.error());
  auto client{io::make_http_client(context, clock, {.tls = std::move(*tls)})};
  if (!client) return with_context(name, client.error());
  return std::make_unique<RangeReader>(std::move(*client), std::move(name), std::move(settings));
}

}  // namespace spillway::prometheus
