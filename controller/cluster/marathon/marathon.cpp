#include "controller/cluster/marathon/marathon.hpp"

#include <fmt/format.h>

#include <array>
#include <stdexcept>
#include <utility>

#include "controller/cluster/marathon/pool.hpp"
#include "controller/io/gather.hpp"

namespace spillway::marathon {

namespace asio = boost::asio;

namespace {

/// Counts are embedded by default now, which the API says will change.
constexpr std::string_view apps_target{"/v2/apps?embed=apps.counts"};
constexpr std::string_view queue_target{"/v2/queue"};
constexpr std::string_view deployments_target{"/v2/deployments"};
constexpr std::size_t requests_at_once{3};

}  // namespace

Marathon::Marathon(std::unique_ptr<io::HttpClient> client, io::Clock& clock, Settings settings)
    : client_{std::move(client)},
      clock_{clock},
      settings_{std::move(settings)},
      access_{settings_.access},
      order_{settings_.urls.size()} {
  for (const std::string& text : settings_.urls) {
    const auto url = io::parse_url(text);
    if (!url) throw std::invalid_argument{to_string(url.error())};
    urls_.push_back(*url);
  }
}

asio::awaitable<Result<void>> Marathon::refresh(io::Deadline deadline) {
  listing_.reset();  // an old listing must not pass for a new one
  const auto refreshed = access_.refresh();
  if (!refreshed) co_return refreshed.error();
  Error last{Errc::unavailable, "no Marathon to ask"};
  for (const std::size_t index : order_.order(clock_.now())) {
    auto listing = co_await list(index, deadline);
    if (listing) {
      order_.note_success(index);
      listing_ = std::move(*listing);
      co_return Result<void>{};
    }
    last = access_.redact(listing.error());
    order_.note_failure(index, clock_.now());
    if (clock_.now() >= deadline.at) break;
  }
  co_return last;
}

asio::awaitable<Result<Listing>> Marathon::list(std::size_t index, io::Deadline deadline) {
  std::vector<asio::awaitable<Result<std::string>>> requests{};
  for (const std::string_view target : {apps_target, queue_target, deployments_target}) {
    requests.push_back(get(index, std::string{target}, deadline));
  }
  const auto bodies = co_await io::gather(std::move(requests), requests_at_once);
  for (const auto& body : bodies) {
    if (!body) co_return body.error();
  }
  auto apps = parse_apps(*bodies[0]);
  if (!apps) co_return apps.error();
  auto queue = parse_queue(*bodies[1]);
  if (!queue) co_return queue.error();
  auto restarting = parse_deployments(*bodies[2]);
  if (!restarting) co_return restarting.error();
  Listing listing{};
  listing.apps = std::move(*apps);
  listing.queue = std::move(*queue);
  listing.restarting = std::move(*restarting);
  co_return listing;
}

asio::awaitable<Result<std::string>> Marathon::get(std::size_t index, std::string target,
                                                   io::Deadline deadline) {
  constexpr std::size_t mib{1024 * 1024};
  io::HttpRequest request{};
  request.url = io::join(urls_[index], target);
  request.headers.set("Accept", "application/json");
  request.response_limit = static_cast<std::size_t>(settings_.answer_mib_max) * mib;
  access_.authorize(request);
  const auto own = io::deadline_after(clock_, settings_.timeout);
  auto response = co_await client_->send(std::move(request), io::earlier(own, deadline));
  if (!response) co_return response.error();
  if (response->status != 200) co_return io::error_of_status("GET " + target, *response);
  co_return std::move(response->body);
}

asio::awaitable<Result<Observation>> Marathon::observe(std::string service,
                                                       io::Deadline /*deadline*/) {
  if (!listing_) co_return Error{Errc::unavailable, "Marathon was not listed"};
  if (!service.starts_with('/')) service = "/" + service;
  const auto found = listing_->apps.find(service);
  if (found == listing_->apps.end()) {
    co_return Error{Errc::not_found, fmt::format("no app is named {}; there are {}", service,
                                                 listing_->apps.size())};
  }
  Observation seen{};
  seen.pool = pool_of(found->second, *listing_);
  seen.replica = derived_replica(found->second, settings_);
  co_return seen;
}

Result<std::shared_ptr<Cluster>> make_marathon(asio::io_context& context, io::Clock& clock,
                                               Settings settings) {
  const auto tls = io::HttpAccess{settings.access}.tls_options();
  if (!tls) return tls.error();
  io::HttpClientOptions options{};
  options.tls = *tls;
  auto client = io::make_http_client(context, clock, std::move(options));
  if (!client) return client.error();
  return std::shared_ptr<Cluster>{
      std::make_shared<Marathon>(std::move(*client), clock, std::move(settings))};
}

}  // namespace spillway::marathon
