// List prices that outlive the process: what the price list said last, with its age and source, so
// that a start without network knows them, too.
#pragma once

#include "controller/core/error.hpp"
#include "controller/core/units.hpp"
#include "controller/provider/aci/retail_prices.hpp"
#include "controller/settings/config.hpp"
#include "controller/state/store.hpp"

namespace spillway::wiring {

/// The prices that were kept; none if there are none, or if they cannot be read any more. Errors:
/// those of the store.
Result<aci::PriceBook> kept_prices(Store& store);

/// Keeps `book` with what is kept already; newer quotes replace older ones. Errors: those of the
/// store.
Result<void> keep_prices(Store& store, const aci::PriceBook& book, TimePoint now);

/// True if the public price list may be asked: the provider is Azure itself and not a stand-in on
/// another endpoint.
bool has_price_list(const settings::Config& config);

}  // namespace spillway::wiring
