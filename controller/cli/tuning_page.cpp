#include "controller/cli/tuning_page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace spillway::cli {
namespace {

using namespace backtest;

constexpr double width{900.0};
constexpr double height{420.0};
constexpr double margin{56.0};

std::string escaped(std::string_view text) {
  std::string safe;
  safe.reserve(text.size());
  for (const char letter : text) {
    switch (letter) {
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '&':
        safe += "&amp;";
        break;
      case '"':
        safe += "&quot;";
        break;
      default:
        safe += letter;
    }
  }
  return safe;
}

/// Places one part's figures; both parts have scales of their own, since their lengths differ.
class Plot {
 public:
  explicit Plot(const std::vector<const backtest::Judged*>& points) {
    for (const backtest::Judged* each : points) {
      cost_max_ = std::max(cost_max_, each->cost_usd);
      late_max_ = std::max(late_max_, each->late_share);
    }
  }

  double x(const backtest::Judged& at) const {
    return margin + (width - 2.0 * margin) * at.cost_usd / cost_max_;
  }
  double y(const backtest::Judged& at) const {
    return height - margin - (height - 2.0 * margin) * at.late_share / late_max_;
  }
  std::string axes() const {
    return fmt::format(
        "<path d=\"M{0} {1}V{2}H{3}\" fill=\"none\" stroke=\"#888\"/>"
        "<text x=\"{3}\" y=\"{4}\" text-anchor=\"end\">cost, up to {5:.2f} USD</text>"
        "<text x=\"{0}\" y=\"{6}\">late requests, up to {7:.2f} %</text>",
        margin, margin, height - margin, width - margin, height - margin + 24.0, cost_max_,
        margin - 12.0, 100.0 * late_max_);
  }
  std::string point(const backtest::Judged& at, std::string_view fill,
                    const std::string& title) const {
    return fmt::format(
        "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"6\" fill=\"{}\"><title>{}</title></circle>", x(at),
        y(at), fill, escaped(title));
  }

 private:
  double cost_max_{1e-9};
  double late_max_{1e-9};
};

std::string title_of(const Tuning& tuning, const Candidate& each, const backtest::Judged& judged) {
  std::string title{fmt::format("{:.2f} USD, {:.2f} % late, J30 {:.2f}\n", judged.cost_usd,
                                100.0 * judged.late_share, judged.j30)};
  for (std::size_t i{0}; i < tuning.knobs.size(); ++i) {
    title +=
        fmt::format("{}: {}\n", tuning.knobs[i].path, written(tuning.knobs[i], each.values[i]));
  }
  return title;
}

std::string plot_of(const Tuning& tuning, backtest::Judged Candidate::*part) {
  std::vector<const backtest::Judged*> points{&(tuning.current.*part)};
  for (const Candidate& each : tuning.front) points.push_back(&(each.*part));
  const Plot plot{points};
  std::string svg{fmt::format("<svg viewBox=\"0 0 {} {}\">{}", width, height, plot.axes())};
  for (std::size_t i{0}; i < tuning.front.size(); ++i) {
    const Candidate& each{tuning.front[i]};
    svg += plot.point(each.*part, i == tuning.chosen ? "#d1495b" : "#2a9d8f",
                      title_of(tuning, each, each.*part));
  }
  svg += plot.point(tuning.current.*part, "#888",
                    title_of(tuning, tuning.current, tuning.current.*part));
  return svg + "</svg>";
}

}  // namespace

std::string tuning_page(const std::string& name, const Tuning& tuning, const std::string& diff) {
  return fmt::format(
      "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Spillway tune</title>"
      "<style>:root{{color-scheme:light dark}}body{{font:15px/1.5 system-ui,sans-serif;margin:2rem "
      "auto;max-width:60rem;padding:0 1rem}}svg{{width:100%}}svg text{{font-size:12px;"
      "fill:#767676}}</style></head><body><h1>{}</h1><p>Grey: as configured. Red: chosen. Point at "
      "a dot for its settings. {}</p><h2>Where it was chosen</h2>{}<h2>Held out</h2>{}"
      "<pre>{}</pre></body></html>\n",
      escaped(name), escaped(tuning.warning), plot_of(tuning, &Candidate::seen),
      plot_of(tuning, &Candidate::held_out), escaped(diff));
}

}  // namespace spillway::cli
