#include "controller/provider/aci/retail_prices.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <boost/asio/io_context.hpp>
#include <string>

#include "controller/io/atomic_file.hpp"
#include "controller/provider/aci/price_client.hpp"
#include "tests/provider/scripted_http.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/printing.hpp"

namespace spillway::aci::retail_prices_test {
namespace {

using namespace std::chrono_literals;
using testing::ManualClock;
using testing::monday_noon;

std::string item(std::string sku, std::string meter, double price, std::string unit = "1 Hour",
                 std::string product = "Container Instances") {
  return fmt::format(
      R"({{"currencyCode":"USD","tierMinimumUnits":0.0,"retailPrice":{},"armRegionName":"eastus",
          "meterName":"{}","productName":"{}","skuName":"{}","unitOfMeasure":"{}",
          "type":"Consumption"}})",
      price, meter, product, sku, unit);
}

std::string page(const std::vector<std::string>& items, std::string link = {}) {
  std::string rows{};
  for (const std::string& each : items) rows += (rows.empty() ? "" : ",") + each;
  return R"({"BillingCurrency":"USD","Items":[)" + rows + R"(],"NextPageLink":)" +
         (link.empty() ? "null" : "\"" + link + "\"") + R"(,"Count":)" +
         std::to_string(items.size()) + "}";
}

std::vector<std::string> usual() {
  return {item("Standard", "Standard vCPU Duration", 0.0405),
          item("Standard", "Standard Memory Duration", 0.00445, "1 GB Hour"),
          item("Standard", "Standard Windows Software Duration", 0.000012, "1 Second"),
          item("Standard Spot", "Standard Spot vCPU Duration", 0.01215),
          item("Standard Spot", "Standard Spot Memory Duration", 0.001335, "1 GB Hour"),
          item("K80", "K80 vCPU Duration", 0.1, "100 Seconds", "Container Instances with GPU"),
          item("Confidential containers ACI", "Confidential containers ACI vCPU Duration", 0.06)};
}

TEST_CASE("the rates of a region are its own meters, by the hour, and half a price is none") {
  const auto read = parse_price_page(page(usual()));
  REQUIRE(read);
  const auto rates = rates_in(read->meters, "East US");
  REQUIRE(rates.size() == 2);
  CHECK(rates.at(PriceKind::standard) == Rates{0.0405, 0.00445});
  CHECK(rates.at(PriceKind::spot) == Rates{0.01215, 0.001335});
  CHECK(rates_in(read->meters, "westus").empty());
}

TEST_CASE("a meter counts in the unit that it names") {
  CHECK(hours_of_unit("1 Hour") == 1.0);
  CHECK(hours_of_unit("1 GB Hour") == 1.0);
  CHECK(hours_of_unit("1 GB Second") == doctest::Approx(1.0 / 3600.0));
  CHECK(hours_of_unit("100 Seconds") == doctest::Approx(100.0 / 3600.0));
  for (const char* unit : {"", "Hour", "1", "0 Hour", "1 Month", "x Hour"}) {
    CAPTURE(unit);
    CHECK(!hours_of_unit(unit));
  }
  const auto read = parse_price_page(
      page({item("Standard", "Standard vCPU Duration", 0.00001125, "1 Second"),
            item("Standard", "Standard Memory Duration", 0.000001236, "1 GB Second")}));
  REQUIRE(read);
  CHECK(rates_in(read->meters, "eastus").at(PriceKind::standard).vcpu_hour ==
        doctest::Approx(0.0405));
}

TEST_CASE("a group costs its vCPUs and gigabytes, at least one of each, less the savings plan") {
  const Rates east{0.0405, 0.00445};
  CHECK(group_price(east, {.vcpu = 1.0, .memory_gb = 1.5}).per_hour == usd(0.047175));
  CHECK(group_price(east, {.vcpu = 0.5, .memory_gb = 0.5}).per_hour == usd(0.04495));
  CHECK(group_price(east, {.vcpu = 1.0, .memory_gb = 1.0}, 0.27).per_hour == usd(0.04495 * 0.73));
}

TEST_CASE("a book keeps the newer quote, and its table reads back the same") {
  PriceBook book{};
  book.add("East US", PriceKind::standard,
           {.rates = {0.04, 0.004}, .as_of = monday_noon, .source = "a, b"});
  book.add("eastus", PriceKind::standard,
           {.rates = {0.05, 0.005}, .as_of = monday_noon - 1h, .source = "old"});
  CHECK(book.find("EastUS", PriceKind::standard)->rates.vcpu_hour == 0.04);
  CHECK(!book.find("eastus", PriceKind::spot));
  const auto again = PriceBook::from_table(book.to_table());
  REQUIRE(again);
  CHECK(*again == book);
  for (const char* table :
       {"x", "region,kind,vcpu_hour,memory_gb_hour,as_of,source\neastus,standard,1",
        "region,kind,vcpu_hour,memory_gb_hour,as_of,source\neastus,gpu,1,1,2026-10-09T00:00:00Z,x",
        "region,kind,vcpu_hour,memory_gb_hour,as_of,source\neastus,spot,-1,1,2026-10-09T00:00:00Z,"
        "x",
        "region,kind,vcpu_hour,memory_gb_hour,as_of,source\neastus,spot,nan,1,soon,x"}) {
    CAPTURE(table);
    CHECK(!PriceBook::from_table(table));
  }
}

TEST_CASE("the shipped price table can be read") {
  const std::string path{SPILLWAY_SOURCE_ROOT "/config/prices/aci.csv"};
  const auto text = io::read_file(path, 1 << 20);
  REQUIRE(text);
  const auto book = PriceBook::from_table(*text);
  REQUIRE(book);
  CHECK(book->find("eastus", PriceKind::standard)->rates == Rates{0.0405, 0.00445});
}

// --- asking -------------------------------------------------------------------------------------

struct Fixture {
  Result<PriceBook> fetch() {
    const auto endpoint = io::parse_url("https://prices.example").value();
    return clock.run(
        fetch_prices(http, clock, endpoint, "eastus", io::deadline_after(clock, 1min)));
  }
  boost::asio::io_context context{};
  ManualClock clock{context};
  testing::ScriptedHttp http{clock};
};

TEST_CASE("prices are asked for by region, and remember when and where they came from") {
  Fixture world{};
  world.http.answer(200, page(usual()));
  const auto book = world.fetch();
  REQUIRE(book);
  const auto quote = book->find("eastus", PriceKind::standard);
  REQUIRE(quote);
  CHECK(quote->as_of == monday_noon);
  CHECK(quote->source == "Azure Retail Prices API");
  const auto target = io::parse_target(world.http.requests.at(0).url.target);
  REQUIRE(target);
  CHECK(target->path == "/api/retail/prices");
  CHECK(target->query.at(1).second ==
        "serviceName eq 'Container Instances' and armRegionName eq 'eastus' and priceType eq "
        "'Consumption'");
}

TEST_CASE("a full page without a link is not the last one: the API has left it out before") {
  Fixture world{};
  std::vector<std::string> full(100, item("Other", "Other Duration", 1.0));
  world.http.answer(200, page(full));
  world.http.answer(200, page(usual()));
  const auto book = world.fetch();
  REQUIRE(book);
  CHECK(book->find("eastus", PriceKind::spot));
  CHECK(world.http.requests.at(1).url.target.ends_with("%24skip=100"));
}

TEST_CASE("a link is followed, but not to another host and not for ever") {
  Fixture world{};
  world.http.answer(200, page(usual(), "https://prices.example:443/api/retail/prices?$skip=100"));
  world.http.answer(200, page({}));
  CHECK(world.fetch());
  CHECK(world.http.requests.at(1).url.target == "/api/retail/prices?$skip=100");
  world.http.answer(200, page(usual(), "https://evil.example/"));
  CHECK(world.fetch().error().code == Errc::malformed);
  for (int i{0}; i < 50; ++i) {
    world.http.answer(200, page(usual(), "https://prices.example/api/retail/prices?again"));
  }
  CHECK(world.fetch().error().code == Errc::too_large);
}

TEST_CASE("no prices, garbage and refusals are errors, never a price of zero") {
  Fixture world{};
  world.http.answer(200, page({}));
  CHECK(world.fetch().error().code == Errc::malformed);
  world.http.answer(200, "<html>");
  CHECK(world.fetch().error().code == Errc::malformed);
  world.http.answer(200, R"({"Items":[{"skuName":"Standard"}]})");
  CHECK(world.fetch().error().code == Errc::malformed);
  world.http.answer(429, "");
  CHECK(world.fetch().error().code == Errc::throttled);
}

TEST_CASE("a region without prices does not keep those of the others from being followed") {
  Fixture world{};
  const auto fetch = [&] {
    const auto endpoint = io::parse_url("https://prices.example").value();
    return world.clock.run(fetch_all_prices(world.http, world.clock, endpoint, {"a-typo", "eastus"},
                                            io::deadline_after(world.clock, 1min)));
  };
  world.http.answer(200, page({}));
  world.http.answer(200, page(usual()));
  const auto book = fetch();
  REQUIRE(book);
  CHECK(book->find("eastus", PriceKind::standard));
  CHECK(!book->find("a-typo", PriceKind::standard));
  world.http.answer(200, page({}));
  world.http.answer(500, "");
  CHECK(fetch().error().code == Errc::unavailable);
}

}  // namespace
}  // namespace spillway::aci::retail_prices_test
