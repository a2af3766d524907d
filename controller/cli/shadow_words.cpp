#include "controller/cli/shadow_words.hpp"

#include <fmt/format.h>

#include <string_view>

#include "controller/cli/json_text.hpp"

namespace json = boost::json;

namespace spillway::cli {
namespace {

double number_of(const json::object& object, std::string_view key) {
  const json::value* const value{object.if_contains(key)};
  return value && value->is_number() ? value->to_number<double>() : 0.0;
}

std::string bill_of(const json::object& estimate) {
  std::string sum{"$" + text_of(estimate, "usd")};
  const json::value* const lacks_price{estimate.if_contains("lacks_price")};
  if (!lacks_price || !lacks_price->is_bool() || !lacks_price->as_bool()) return sum;
  return number_of(estimate, "usd") > 0.0 ? "at least " + sum : "price unknown";
}

std::string late_share_of(const json::object& estimate, double requests) {
  const json::value* const count{estimate.if_contains("late_requests")};
  if (!count || !count->is_number() || requests <= 0.0) return "unknown";
  return fmt::format("{:.2f} %", 100.0 * count->to_number<double>() / requests);
}

}  // namespace

std::string shadow_words(const json::object& decision) {
  const json::object shadow{object_of(decision, "shadow")};
  const json::object estimates{object_of(shadow, "estimates")};
  const json::object ours{object_of(estimates, "shadow")};
  const json::object acting{object_of(estimates, "acting")};
  const double requests{number_of(estimates, "requests")};
  return fmt::format("shadow: desired {} ({}), burst {} ({}); since {}: {} ({}), late {} ({})",
                     text_of(shadow, "desired"), text_of(decision, "desired"),
                     text_of(shadow, "burst"), text_of(decision, "burst"),
                     text_of(estimates, "since"), bill_of(ours), bill_of(acting),
                     late_share_of(ours, requests), late_share_of(acting, requests));
}

}  // namespace spillway::cli
