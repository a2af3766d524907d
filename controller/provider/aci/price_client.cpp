#include "controller/provider/aci/price_client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "controller/io/log.hpp"
#include "controller/provider/aci/text.hpp"

namespace spillway::aci {

namespace asio = boost::asio;

namespace {

constexpr int price_pages_max{50};  // a region has 16 meters
constexpr int page_size{100};       // the smaller of the two that were seen
constexpr std::size_t price_answer_bytes{4 * 1024 * 1024};

/// Where the next page is: by its link if there is one on the same host, else by `$skip`.
Result<io::Url> next_url(const io::Url& endpoint, const PricePage& page, io::QueryParams query,
                         int skip) {
  if (page.next_link.empty()) {
    query.emplace_back("$skip", std::to_string(skip));
    return io::join(endpoint, io::with_query("/api/retail/prices", query));
  }
  auto link = io::parse_url(page.next_link);
  if (!link) return with_context("retail prices: next page", std::move(link).error());
  if (!equals_ignoring_case(io::origin(*link), io::origin(endpoint))) {
    return Error{Errc::malformed,
                 fmt::format("retail prices: the answer links to {}", io::origin(*link))};
  }
  return link;
}

}  // namespace

asio::awaitable<Result<PriceBook>> fetch_prices(io::HttpClient& http, io::Clock& clock,
                                                io::Url endpoint, std::string region,
                                                io::Deadline deadline) {
  io::QueryParams query{};
  query.emplace_back("currencyCode", "'USD'");
  query.emplace_back("$filter", price_filter(region));
  io::Url url{io::join(endpoint, io::with_query("/api/retail/prices", query))};
  std::vector<Meter> meters{};
  for (int pages{1};; ++pages) {
    io::HttpRequest request{};
    request.url = url;
    request.response_limit = price_answer_bytes;
    request.headers.set("Accept", "application/json");
    const Result<io::HttpResponse> answer = co_await http.send(std::move(request), deadline);
    if (!answer) co_return with_context("retail prices", answer.error());
    if (answer->status != 200) co_return io::error_of_status("retail prices", *answer);
    Result<PricePage> page{parse_price_page(answer->body)};
    if (!page) co_return std::move(page).error();
    for (Meter& each : page->meters) meters.push_back(std::move(each));
    const auto skip = next_skip(*page, static_cast<int>(meters.size()), page_size);
    if (!skip) break;
    if (pages >= price_pages_max) {
      co_return Error{Errc::too_large,
                      fmt::format("retail prices: more than {} pages", price_pages_max)};
    }
    Result<io::Url> next{next_url(endpoint, *page, query, *skip)};
    if (!next) co_return std::move(next).error();
    url = std::move(*next);
  }
  PriceBook book{};
  for (const auto& [kind, rates] : rates_in(meters, region)) {
    PriceQuote quote{};
    quote.rates = rates;
    quote.as_of = clock.now();
    quote.source = "Azure Retail Prices API";
    book.add(region, kind, std::move(quote));
  }
  if (book.is_empty()) {
    co_return Error{Errc::malformed, fmt::format("retail prices: none for {}", region)};
  }
  co_return book;
}

asio::awaitable<Result<PriceBook>> fetch_all_prices(io::HttpClient& http, io::Clock& clock,
                                                    io::Url endpoint, std::set<std::string> regions,
                                                    io::Deadline deadline) {
  PriceBook all{};
  std::optional<Error> trouble{};
  for (const std::string& region : regions) {
    const Result<PriceBook> book = co_await fetch_prices(http, clock, endpoint, region, deadline);
    if (book) {
      all.merge(*book);
      continue;
    }
    trouble = book.error();
    io::log_event(io::LogLevel::warning, "PricesOfRegionNotRead",
                  {{"region", region}, {"error", book.error()}});
  }
  if (all.is_empty() && trouble) co_return *trouble;
  co_return all;
}

}  // namespace spillway::aci
