#include "controller/provider/aci/retail_prices.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "controller/provider/aci/json_fields.hpp"
#include "controller/provider/aci/text.hpp"

namespace spillway::aci {

namespace json = boost::json;

namespace {

constexpr std::string_view product_name{"Container Instances"};
constexpr std::string_view heads{"region,kind,vcpu_hour,memory_gb_hour,as_of,source"};
constexpr std::array<std::string_view, 3> kind_words{"standard", "spot", "confidential"};

struct KindNames {
  PriceKind kind;
  std::string_view sku;
  std::string_view vcpu_meter;
  std::string_view memory_meter;
};
constexpr std::array<KindNames, 3> kinds{
    {{PriceKind::standard, "Standard", "Standard vCPU Duration", "Standard Memory Duration"},
     {PriceKind::spot, "Standard Spot", "Standard Spot vCPU Duration",
      "Standard Spot Memory Duration"},
     {PriceKind::confidential, "Confidential containers ACI",
      "Confidential containers ACI vCPU Duration", "Confidential containers ACI Memory Duration"}}};

std::optional<double> number_in(std::string_view text) {
  double value{0.0};
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool is_number{parsed.ec == std::errc{} && parsed.ptr == text.data() + text.size()};
  return is_number && std::isfinite(value) ? std::optional{value} : std::nullopt;
}

/// The price of `meter_name` for an hour, if it is there once and in units that we know.
std::optional<double> hourly(const std::vector<Meter>& meters, std::string_view region,
                             const KindNames& names, std::string_view meter_name) {
  for (const Meter& each : meters) {
    const bool is_it{each.sku == names.sku && each.meter == meter_name &&
                     each.product == product_name && region_name(each.region) == region &&
                     each.currency == "USD" && each.tier_minimum == 0.0 &&
                     (each.type.empty() || each.type == "Consumption")};
    if (!is_it) continue;
    const auto hours = hours_of_unit(each.unit);
    if (!hours || each.price < 0.0) return std::nullopt;
    return each.price / *hours;
  }
  return std::nullopt;
}

std::vector<std::string_view> cells_of(std::string_view line) {
  std::vector<std::string_view> cells{};
  for (;;) {
    // The source is the last cell and may hold commas.
    const std::size_t comma{cells.size() < 5 ? line.find(',') : std::string_view::npos};
    cells.push_back(line.substr(0, comma));
    if (comma == std::string_view::npos) return cells;
    line.remove_prefix(comma + 1);
  }
}

}  // namespace

std::string_view to_string(PriceKind kind) {
  return kind_words[static_cast<std::size_t>(kind)];
}

PriceKind price_kind(const ReplicaTemplate& replica, const Place& place) {
  if (place.priority == Priority::spot) return PriceKind::spot;
  return replica.sku == GroupSku::confidential ? PriceKind::confidential : PriceKind::standard;
}

std::string price_filter(std::string_view region) {
  return fmt::format(
      "serviceName eq 'Container Instances' and armRegionName eq '{}' and priceType eq "
      "'Consumption'",
      region_name(region));
}

Result<PricePage> parse_price_page(std::string_view body) {
  const auto document = parse_object(body);
  if (!document) return with_context("retail prices", document.error());
  FieldReader fields{};
  PricePage page{};
  page.next_link = fields.text(*document, "NextPageLink");
  const auto* items = fields.array(*document, "Items");
  if (items == nullptr) fields.expected("a list", "Items");
  if (fields.mistake()) return with_context("retail prices", *fields.mistake());
  for (const json::value& element : *items) {
    const auto* row = fields.element(element, "Items");
    if (row == nullptr) break;
    Meter meter{};
    meter.sku = fields.text(*row, "skuName");
    meter.meter = fields.text(*row, "meterName");
    meter.product = fields.text(*row, "productName");
    meter.region = fields.text(*row, "armRegionName");
    meter.unit = fields.text(*row, "unitOfMeasure");
    meter.currency = fields.text(*row, "currencyCode");
    meter.type = fields.text(*row, "type");
    meter.tier_minimum = fields.number(*row, "tierMinimumUnits").value_or(0.0);
    const auto price = fields.number(*row, "retailPrice");
    if (!price) fields.expected("a price", "retailPrice");
    meter.price = price.value_or(0.0);
    page.meters.push_back(std::move(meter));
  }
  if (fields.mistake()) return with_context("retail prices", *fields.mistake());
  page.count = static_cast<int>(page.meters.size());
  return page;
}

std::optional<int> next_skip(const PricePage& page, int rows_read, int page_size) {
  const bool is_full{page.count > 0 && page.count >= page_size};
  if (page.next_link.empty() && !is_full) return std::nullopt;
  if (page.count == 0) return std::nullopt;  // a link to nothing would be followed for ever
  return rows_read;
}

std::optional<double> hours_of_unit(std::string_view unit) {
  const std::size_t blank{unit.find(' ')};
  if (blank == std::string_view::npos) return std::nullopt;
  const auto count = number_in(unit.substr(0, blank));
  if (!count || *count <= 0.0) return std::nullopt;
  std::string_view what{unit.substr(blank + 1)};
  if (what.starts_with("GB ")) what.remove_prefix(3);
  if (what.ends_with('s')) what.remove_suffix(1);
  if (equals_ignoring_case(what, "Hour")) return *count;
  if (equals_ignoring_case(what, "Minute")) return *count / 60.0;
  if (equals_ignoring_case(what, "Second")) return *count / 3600.0;
  return std::nullopt;
}

std::map<PriceKind, Rates> rates_in(const std::vector<Meter>& meters, std::string_view region) {
  std::map<PriceKind, Rates> found{};
  const std::string wanted{region_name(region)};
  for (const KindNames& names : kinds) {
    const auto vcpu = hourly(meters, wanted, names, names.vcpu_meter);
    const auto memory = hourly(meters, wanted, names, names.memory_meter);
    if (vcpu && memory) found[names.kind] = Rates{*vcpu, *memory};
  }
  return found;
}

HourlyPrice group_price(const Rates& rates, const GroupSize& size, double savings) {
  const double vcpu{rates.vcpu_hour * std::max(size.vcpu, 1.0)};
  const double memory{rates.memory_gb_hour * std::max(size.memory_gb, 1.0)};
  return {usd((vcpu + memory) * (1.0 - std::clamp(savings, 0.0, 1.0)))};
}

void PriceBook::add(const std::string& region, PriceKind kind, PriceQuote quote) {
  const std::pair key{region_name(region), kind};
  const auto found = quotes_.find(key);
  if (found != quotes_.end() && found->second.as_of > quote.as_of) return;
  quotes_.insert_or_assign(key, std::move(quote));
}

std::optional<PriceQuote> PriceBook::find(const std::string& region, PriceKind kind) const {
  const auto found = quotes_.find({region_name(region), kind});
  if (found == quotes_.end()) return std::nullopt;
  return found->second;
}

std::string PriceBook::to_table() const {
  std::string text{fmt::format("{}\n", heads)};
  for (const auto& [key, quote] : quotes_) {
    text +=
        fmt::format("{},{},{},{},{},{}\n", key.first, to_string(key.second), quote.rates.vcpu_hour,
                    quote.rates.memory_gb_hour, spillway::to_string(quote.as_of), quote.source);
  }
  return text;
}

Result<PriceBook> PriceBook::from_table(std::string_view text) {
  PriceBook book{};
  int line_number{0};
  bool has_heads{false};
  while (!text.empty()) {
    ++line_number;
    const std::size_t end{std::min(text.find('\n'), text.size())};
    std::string_view line{text.substr(0, end)};
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() || line.starts_with('#')) continue;
    const auto wrong = [&](std::string_view expected) {
      return Error{Errc::malformed,
                   fmt::format("price table, line {}: expected {}", line_number, expected)};
    };
    if (!std::exchange(has_heads, true)) {
      if (line != heads) return wrong(heads);
      continue;
    }
    const auto cells = cells_of(line);
    if (cells.size() != 6) return wrong("six columns");
    const auto* const kind = std::find(kind_words.begin(), kind_words.end(), cells[1]);
    const auto vcpu = number_in(cells[2]);
    const auto memory = number_in(cells[3]);
    const auto as_of = parse_time(cells[4]);
    if (cells[0].empty()) return wrong("a region");
    if (kind == kind_words.end()) return wrong("standard, spot or confidential");
    if (!vcpu || !memory || *vcpu < 0.0 || *memory < 0.0) return wrong("prices in USD per hour");
    if (!as_of) return wrong("an instant such as 2026-10-09T00:00:00Z");
    book.add(std::string{cells[0]}, static_cast<PriceKind>(kind - kind_words.begin()),
             {.rates = {*vcpu, *memory}, .as_of = *as_of, .source = std::string{cells[5]}});
  }
  return book;
}

void PriceBook::merge(const PriceBook& other) {
  for (const auto& [key, quote] : other.quotes_) add(key.first, key.second, quote);
}

}  // namespace spillway::aci
