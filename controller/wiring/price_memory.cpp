#include "controller/wiring/price_memory.hpp"

#include <variant>

#include "controller/provider/aci/aci_settings.hpp"

namespace spillway::wiring {
namespace {

constexpr const char* key{"prices"};

}  // namespace

Result<aci::PriceBook> kept_prices(Store& store) {
  const auto kept{store.kept(key)};
  if (!kept) return kept.error();
  if (!*kept) return aci::PriceBook{};
  auto book{aci::PriceBook::from_table((*kept)->text)};
  // Prices are learned anew within a day; a damaged memory must not keep the daemon from starting.
  if (!book) return aci::PriceBook{};
  return book;
}

Result<void> keep_prices(Store& store, const aci::PriceBook& book, TimePoint now) {
  auto all{kept_prices(store)};
  if (!all) return all.error();
  all->merge(book);
  StateBatch batch{};
  batch.kept.push_back({.key = key, .text = all->to_table(), .at = now});
  return store.write(batch);
}

bool has_price_list(const settings::Config& config) {
  if (!config.has_provider) return false;
  const auto& aci{std::get<aci::AciSettings>(config.provider.settings)};
  return !aci::price_list_of(aci).empty();
}

}  // namespace spillway::wiring
