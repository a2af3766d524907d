// The Retail Prices API: what ACI and a few VM sizes cost, for everyone and without a login, in the
// shape and with the paging of prices.azure.com.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "tests/emulator/naming.hpp"
#include "tests/emulator/odata_filter.hpp"
#include "tests/emulator/subscriptions.hpp"
#include "tests/emulator/text.hpp"
#include "tests/emulator/world.hpp"

namespace spillway::emulator {
namespace price_calls {
namespace {

namespace json = boost::json;

/// Relative to East US. Sweden Central's ACI and West Europe's VMs are published prices; the others
/// are this emulator's.
double regional_factor(const std::string& region) {
  static const std::map<std::string, double> factors{{"swedencentral", 0.0466 / 0.0405},
                                                     {"westeurope", 0.115 / 0.096},
                                                     {"northeurope", 1.1},
                                                     {"westus", 1.15},
                                                     {"westus2", 1.0},
                                                     {"eastus2", 1.0}};
  const auto found{factors.find(region)};
  return found == factors.end() ? 1.0 : found->second;
}

double exchange_rate(const std::string& currency) {
  static const std::map<std::string, double> rates{{"USD", 1.0},  {"EUR", 0.92}, {"GBP", 0.79},
                                                   {"SEK", 10.5}, {"CHF", 0.88}, {"JPY", 150.0}};
  const auto found{rates.find(currency)};
  return found == rates.end() ? 0.0 : found->second;
}

struct Meter {
  std::string meter, sku, product, service, family, unit, arm_sku;
  double price;  ///< US dollars per unit, East US
  bool has_savings_plan{true};
};

std::vector<Meter> meters(const Prices& prices, bool has_spot) {
  const auto aci{
      [](std::string meter, std::string sku, std::string unit, double price, bool plan = true) {
        return Meter{std::move(meter),
                     std::move(sku),
                     "Container Instances",
                     "Container Instances",
                     "Containers",
                     std::move(unit),
                     "",
                     price,
                     plan};
      }};
  const double vcpu{prices.vcpu_second * 3600}, memory{prices.gb_second * 3600};
  std::vector<Meter> result{
      aci("Standard vCPU Duration", "Standard", "1 Hour", vcpu),
      aci("Standard Memory Duration", "Standard", "1 GB Hour", memory),
      aci("Standard Windows Software Duration", "Standard", "1 Second", 0.000012, false),
      aci("Confidential containers ACI vCPU Duration", "Confidential containers ACI", "1 Hour",
          vcpu * 1.2),
      aci("Confidential containers ACI Memory Duration", "Confidential containers ACI", "1 GB Hour",
          memory * 1.2)};
  if (has_spot) {
    const double spot{prices.spot_factor};
    result.push_back(
        aci("Standard Spot vCPU Duration", "Standard Spot", "1 Hour", vcpu * spot, false));
    result.push_back(
        aci("Standard Spot Memory Duration", "Standard Spot", "1 GB Hour", memory * spot, false));
  }
  for (const int cores : {2, 4, 8}) {
    const std::string arm{fmt::format("Standard_D{}s_v5", cores)},
        name{fmt::format("D{}s v5", cores)};
    const double hour{0.048 * cores};
    const auto vm{[&](std::string meter, std::string product, double price, bool plan) {
      return Meter{meter, meter, std::move(product), "Virtual Machines", "Compute", "1 Hour", arm,
                   price, plan};
    }};
    result.push_back(vm(name, "Virtual Machines Dsv5 Series", hour, true));
    result.push_back(vm(name + " Spot", "Virtual Machines Dsv5 Series", hour * 0.21, false));
    result.push_back(vm(name, "Virtual Machines Dsv5 Series Windows", hour * 1.958, false));
    result.push_back(vm(name + " Low Priority", "Virtual Machines Dsv5 Series", hour * 0.2, false));
  }
  return result;
}

json::object row(const Meter& meter, const std::string& region, const std::string& currency,
                 bool with_plans) {
  const double rate{exchange_rate(currency) * regional_factor(region)};
  const auto price{[&](double usd) { return std::round(usd * rate * 1e9) / 1e9; }};
  json::object shown{
      {"currencyCode", currency},
      {"tierMinimumUnits", 0.0},
      {"retailPrice", price(meter.price)},
      {"unitPrice", price(meter.price)},
      {"armRegionName", region},
      {"location", names_of_region(region).retail},
      {"effectiveStartDate", "2021-11-01T00:00:00Z"},
      {"meterId", stable_guid("meter/" + region + meter.product + meter.meter)},
      {"meterName", meter.meter},
      {"productId", meter.service == "Virtual Machines" ? "DZH318Z08M9W" : "DZH318Z0BQ4L"},
      {"skuId",
       fmt::format("{}/{}", meter.service == "Virtual Machines" ? "DZH318Z08M9W" : "DZH318Z0BQ4L",
                   stable_guid(region + meter.product + meter.sku).substr(0, 4))},
      {"productName", meter.product},
      {"skuName", meter.sku},
      {"serviceName", meter.service},
      {"serviceId", meter.service == "Virtual Machines" ? "DZH313Z7MMC8" : "DZH317F1HKN0"},
      {"serviceFamily", meter.family},
      {"unitOfMeasure", meter.unit},
      {"type", "Consumption"},
      {"isPrimaryMeterRegion", true},
      {"armSkuName", meter.arm_sku}};
  if (with_plans && meter.has_savings_plan) {
    const bool vm{meter.service == "Virtual Machines"};
    const auto plan{[&](double share, std::string_view term) {
      return json::object{{"unitPrice", price(meter.price * share)},
                          {"retailPrice", price(meter.price * share)},
                          {"term", term}};
    }};
    shown["savingsPlan"] = json::array{plan(vm ? 0.0442 / 0.096 : 0.48, "3 Years"),
                                       plan(vm ? 0.0658 / 0.096 : 0.73, "1 Year")};
  }
  return shown;
}

std::vector<json::object> all_rows(const EmulatorOptions& options, const std::string& currency,
                                   bool with_plans) {
  static constexpr std::array spot_regions{"eastus2", "westeurope", "westus"};
  std::vector<json::object> rows;
  for (const std::string& region : options.regions) {
    const bool spot{std::find(spot_regions.begin(), spot_regions.end(), region) !=
                    spot_regions.end()};
    for (const Meter& meter : meters(options.prices, spot)) {
      rows.push_back(row(meter, region, currency, with_plans));
    }
  }
  return rows;
}

/// A whole number that a client may leave out; nothing if it is something else.
std::optional<std::size_t> whole_number(const Url& url, std::string_view name,
                                        std::size_t otherwise) {
  const auto text{url.parameter(name)};
  if (!text) return otherwise;
  std::size_t number{0};
  const char* const end{text->data() + text->size()};
  const auto [stop, error]{std::from_chars(text->data(), end, number)};
  if (error != std::errc{} || stop != end) return std::nullopt;
  return number;
}

/// The API's own shape of an error.
Response refuse(std::string_view message) {
  return json_response(400, {{"Error", {{"Code", "BadRequest"}, {"Message", message}}}});
}

std::string unquoted(std::string text) {
  if (text.size() >= 2 && text.front() == '\'' && text.back() == '\'') {
    return text.substr(1, text.size() - 2);
  }
  return text;
}

Response list_prices(const Call& call) {
  const std::string version{call.url.parameter("api-version").value_or("")};
  std::string currency{unquoted(call.url.parameter("currencyCode").value_or("USD"))};
  if (exchange_rate(currency) <= 0) return refuse("The currency code is not supported.");
  const auto filter{ODataFilter::parse(call.url.parameter("$filter").value_or(""))};
  if (!filter) return refuse("The $filter is not valid.");
  const auto skip{whole_number(call.url, "$skip", 0)};
  const auto top{whole_number(call.url, "$top", call.world.options.price_page_size)};
  if (!skip || !top) return refuse("$skip and $top must be whole numbers.");

  const bool preview{version.starts_with("2023-01-01")};
  std::vector<json::object> found;
  for (json::object& row : all_rows(call.world.options, currency, preview)) {
    const auto lookup{[&row](std::string_view field) -> std::optional<std::string> {
      if (equal_text(field, "priceType")) field = "type";
      for (const auto& [key, value] : row) {
        if (!equal_text(key, field)) continue;
        if (value.is_string()) return std::string{value.get_string()};
        if (value.is_bool()) return value.get_bool() ? "true" : "false";
      }
      return std::nullopt;
    }};
    // From the preview on, values compare with case.
    if (filter->matches(lookup, preview)) found.push_back(std::move(row));
  }
  const std::size_t size{std::min(*top, call.world.options.price_page_size)};
  json::array items;
  for (std::size_t i{*skip}; i < found.size() && items.size() < size; ++i) {
    items.push_back(std::move(found[i]));
  }
  const std::size_t next{*skip + items.size()};
  json::value link(nullptr);
  const bool lost{call.world.faults
                      .take(FaultKind::lost_next_link, {.method = "GET", .path = call.url.path},
                            call.world.now())
                      .has_value()};
  if (next < found.size() && !items.empty() && !lost) {
    std::string query;
    for (const auto& [name, value] : call.url.query) {
      if (equal_text(name, "$skip")) continue;
      query += fmt::format("{}={}&", name, percent_encode(value));
    }
    link = fmt::format("{}{}?{}$skip={}", call.request.base_url, call.url.path, query, next);
  }
  const std::size_t count{items.size()};
  return json_response(200, {{"BillingCurrency", currency},
                             {"CustomerEntityId", "Default"},
                             {"CustomerEntityType", "Retail"},
                             {"Items", std::move(items)},
                             {"NextPageLink", std::move(link)},
                             {"Count", count}});
}

constexpr std::array routes{
    Route{"GET", "/api/retail/prices", "RetailPrices_List", Versions::none, list_prices},
};

}  // namespace
}  // namespace price_calls

std::span<const Route> retail_price_routes() {
  return price_calls::routes;
}

}  // namespace spillway::emulator
