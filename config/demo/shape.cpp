#include "config/demo/shape.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <stdexcept>
#include <string>

namespace spillway::demo {
namespace {

constexpr double step_s{0.002};  // of the integration; an arrival is placed as finely as that

std::optional<double> number(std::string_view text) {
  double value{0};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first{text.find_first_not_of(" \t\r")};
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

Shape::Point parse_point(std::string_view line, int line_number) {
  const std::size_t comma{line.find(',')};
  const auto t = number(trimmed(line.substr(0, comma)));
  const auto rps =
      comma == std::string_view::npos ? std::nullopt : number(trimmed(line.substr(comma + 1)));
  const auto is_usable = [](double value) { return value >= 0 && value <= 1e6; };  // not NaN
  if (!t || !rps || !is_usable(*t) || !is_usable(*rps)) {
    throw std::invalid_argument{
        fmt::format("line {}: expected SECONDS,REQUESTS_PER_SECOND, got \"{}\"", line_number,
                    line.substr(0, 60))};
  }
  return {*t, *rps};
}

}  // namespace

Shape Shape::parse(std::string_view csv) {
  std::vector<Point> points;
  int line_number{0};
  while (!csv.empty()) {
    const std::size_t end{std::min(csv.find('\n'), csv.size())};
    const std::string_view line{trimmed(csv.substr(0, std::min(end, csv.find('#'))))};
    csv.remove_prefix(std::min(end + 1, csv.size()));
    ++line_number;
    if (line.empty() || line == "t_s,rps") continue;
    points.push_back(parse_point(line, line_number));
    if (points.size() > 1 && points.back().t_s <= points[points.size() - 2].t_s) {
      throw std::invalid_argument{fmt::format("line {}: time must grow", line_number)};
    }
  }
  if (points.empty()) throw std::invalid_argument{"no points: expected lines of t_s,rps"};
  return Shape{std::move(points)};
}

double Shape::rate_at(double t_s) const {
  const auto next =
      std::ranges::upper_bound(points_, t_s, {}, [](const Point& point) { return point.t_s; });
  if (next == points_.begin()) return next->rps;
  const Point& before{*std::prev(next)};
  if (next == points_.end()) return before.rps;
  return before.rps + (next->rps - before.rps) * (t_s - before.t_s) / (next->t_s - before.t_s);
}

double Shape::highest_rps() const {
  return std::ranges::max_element(points_, {}, [](const Point& point) { return point.rps; })->rps;
}

double Shape::after(double t_s, double arrivals) const {
  while (t_s <= duration_s()) {
    const double rate{rate_at(t_s)};
    if (rate * step_s >= arrivals) return t_s + arrivals / rate;
    arrivals -= rate * step_s;
    t_s += step_s;
  }
  return t_s;
}

}  // namespace spillway::demo
