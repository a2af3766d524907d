// Container Instances' list prices: what the Retail Prices API answers, what is kept of it, and the
// price of a group. Pure; asking is price_client.hpp's business.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "controller/core/error.hpp"
#include "controller/core/group.hpp"
#include "controller/core/replica_template.hpp"
#include "controller/core/units.hpp"

namespace spillway::aci {

/// What one vCPU and one GB cost for an hour, in USD without tax.
struct Rates {
  double vcpu_hour{0.0};
  double memory_gb_hour{0.0};

  bool operator==(const Rates&) const = default;
};

enum class PriceKind { standard, spot, confidential };

std::string_view to_string(PriceKind kind);
PriceKind price_kind(const ReplicaTemplate& replica, const Place& place);

/// Where a price comes from, and how old it is.
struct PriceQuote {
  Rates rates{};
  TimePoint as_of{};
  std::string source{};  ///< `Azure Retail Prices API`, or the table's name

  bool operator==(const PriceQuote&) const = default;
};

/// The query for one region's meters: `serviceName eq 'Container Instances' and armRegionName eq
/// 'eastus' and priceType eq 'Consumption'`.
std::string price_filter(std::string_view region);

/// One meter of an answer.
struct Meter {
  std::string sku{};
  std::string meter{};
  std::string product{};
  std::string region{};
  std::string unit{};
  std::string currency{};
  std::string type{};
  double price{0.0};
  double tier_minimum{0.0};
};

struct PricePage {
  std::vector<Meter> meters{};
  std::string next_link{};  ///< as sent, not yet checked; empty if there is none
  int count{0};             ///< rows on this page, as told
};

/// Error: `malformed`.
Result<PricePage> parse_price_page(std::string_view body);

/// Whether more is to be read after `page`, and from which row on; nothing if it was the last.
///
/// The link alone is not to be trusted: it was seen empty although more rows existed. A full page
/// without a link is followed by one asked for with `$skip`. Example: 100 of 100 rows and no link
/// after 200 rows read: `$skip=300`.
std::optional<int> next_skip(const PricePage& page, int rows_read, int page_size);

/// The rates in `meters` for `region`: of the product "Container Instances" alone (GPU groups are
/// another), in USD, by the hour whatever unit the meter counts in. A kind without both meters is
/// left out: half a price is none.
std::map<PriceKind, Rates> rates_in(const std::vector<Meter>& meters, std::string_view region);

/// A unit as the API writes it, in hours: `1 Hour`, `1 GB Hour`, `1 Second`, `100 Seconds`,
/// `1 GB Second`. Nothing for anything else.
std::optional<double> hours_of_unit(std::string_view unit);

/// A group's price: Azure counts whole groups, at least 1 vCPU and 1 GB. `savings` is the share
/// that a savings plan takes off, 0 to 1; Spot has none. Example: 1 vCPU and 1.5 GB in East US cost
/// 0.0405 + 1.5 * 0.00445 = 0.047175 USD per hour.
HourlyPrice group_price(const Rates& rates, const GroupSize& size, double savings = 0.0);

/// Prices by region and kind.
class PriceBook {
 public:
  /// A newer quote replaces an older one; an older one changes nothing.
  void add(const std::string& region, PriceKind kind, PriceQuote quote);
  std::optional<PriceQuote> find(const std::string& region, PriceKind kind) const;
  bool is_empty() const { return quotes_.empty(); }
  const std::map<std::pair<std::string, PriceKind>, PriceQuote>& quotes() const { return quotes_; }

  /// One line for each quote: `region,kind,vcpu_hour,memory_gb_hour,as_of,source`, after a line
  /// with these heads.
  std::string to_table() const;

  /// The inverse. Lines that begin with `#` are remarks. Error: `malformed`, naming the line.
  static Result<PriceBook> from_table(std::string_view text);

  /// Adds all of `other`, by the rule of `add`.
  void merge(const PriceBook& other);

  bool operator==(const PriceBook&) const = default;

 private:
  std::map<std::pair<std::string, PriceKind>, PriceQuote> quotes_{};
};

}  // namespace spillway::aci
