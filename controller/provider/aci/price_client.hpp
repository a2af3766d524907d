// Reads list prices from the Azure Retail Prices API, which needs no login. A failure changes
// nothing: old prices with their date are better than none.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <set>
#include <string>

#include "controller/io/clock.hpp"
#include "controller/io/deadline.hpp"
#include "controller/io/http_client.hpp"
#include "controller/io/url.hpp"
#include "controller/provider/aci/retail_prices.hpp"

namespace spillway::aci {

/// The prices of Container Instances in `region`, all pages, as of now. Errors: those of HTTP;
/// `malformed` for an answer that is none, that leads to another host, or that has no price for the
/// region; `too_large` for an answer without end.
boost::asio::awaitable<Result<PriceBook>> fetch_prices(io::HttpClient& http, io::Clock& clock,
                                                       io::Url endpoint, std::string region,
                                                       io::Deadline deadline);

/// The same for several regions, one by one: one without any is logged and left out. Error: the
/// last one, if no region has any.
boost::asio::awaitable<Result<PriceBook>> fetch_all_prices(io::HttpClient& http, io::Clock& clock,
                                                           io::Url endpoint,
                                                           std::set<std::string> regions,
                                                           io::Deadline deadline);

}  // namespace spillway::aci
