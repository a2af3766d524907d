#include "controller/kubernetes/quantity.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <system_error>

namespace spillway::kubernetes {

namespace {

struct Suffix {
  std::string_view text{};
  double factor{1.0};
};

constexpr double kibi{1024.0};
constexpr std::array<Suffix, 16> suffixes{{{"", 1.0},
                                           {"n", 1e-9},
                                           {"u", 1e-6},
                                           {"m", 1e-3},
                                           {"k", 1e3},
                                           {"M", 1e6},
                                           {"G", 1e9},
                                           {"T", 1e12},
                                           {"P", 1e15},
                                           {"E", 1e18},
                                           {"Ki", kibi},
                                           {"Mi", kibi* kibi},
                                           {"Gi", kibi* kibi* kibi},
                                           {"Ti", kibi* kibi* kibi* kibi},
                                           {"Pi", kibi* kibi* kibi* kibi* kibi},
                                           {"Ei", kibi* kibi* kibi* kibi* kibi* kibi}}};

/// Beyond every machine; keeps sums of them finite and exact enough.
constexpr double quantity_max{1e21};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

}  // namespace

std::optional<double> parse_quantity(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  if (text.empty() || (!is_digit(text.front()) && text.front() != '.')) return std::nullopt;
  // `1E` is an exa, `1E3` an exponent: from_chars takes an exponent only with its digits.
  double number{0.0};
  const auto [rest, failure] =
      std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::general);
  if (failure != std::errc{} || !std::isfinite(number)) return std::nullopt;
  const std::string_view suffix{rest, static_cast<std::size_t>(text.data() + text.size() - rest)};
  for (const Suffix& each : suffixes) {
    if (each.text != suffix) continue;
    const double amount{number * each.factor};
    if (amount > quantity_max) return std::nullopt;
    return amount;
  }
  return std::nullopt;
}

}  // namespace spillway::kubernetes
