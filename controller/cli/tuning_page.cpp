#include "controller/cli/tuning_page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
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

/// Places one part's figures; both parts have scales of their own, since their lengths differ. The
/// height is the root of the late share: one poor setting at 60 % must not press all others, which
/// differ by tenths of a percent, onto the axis.
class Plot {
 public:
  explicit Plot(const std::vector<const backtest::Judged*>& points) {
    for (const backtest::Judged* each : points) {
      cost_max_ = std::max(cost_max_, each->cost_usd);
      late_max_ = std::max(late_max_, each->late_share);
    }
  }

  std::string axes() const {
    std::string svg{fmt::format(
        "<path d=\"M{0} {0}V{1}H{2}\" fill=\"none\" stroke=\"#888\"/>"
        "<text x=\"{2}\" y=\"{3}\" text-anchor=\"end\">cost, USD</text>"
        "<text x=\"{0}\" y=\"{4}\">late requests, % (root scale)</text>",
        margin, height - margin, width - margin, height - margin + 36.0, margin - 16.0)};
    constexpr int steps{4};
    for (int step{0}; step <= steps; ++step) {
      const double cost{cost_max_ * step / steps};
      svg += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{:.3g}</text>",
                         x(cost), height - margin + 18.0, cost);
      const double root{static_cast<double>(step) / steps};
      const double late{late_max_ * root * root};
      svg += fmt::format(
          "<text x=\"{0:.1f}\" y=\"{1:.1f}\" text-anchor=\"end\">{2:.2g}</text>"
          "<path d=\"M{3} {4:.1f}H{5}\" stroke=\"#8883\"/>",
          margin - 6.0, y(late) + 4.0, 100.0 * late, margin, y(late), width - margin);
    }
    return svg;
  }
  std::string point(const backtest::Judged& at, std::string_view fill,
                    const std::string& title) const {
    return fmt::format(
        "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"6\" fill=\"{}\"><title>{}</title></circle>",
        x(at.cost_usd), y(at.late_share), fill, escaped(title));
  }

 private:
  double x(double cost_usd) const { return margin + (width - 2.0 * margin) * cost_usd / cost_max_; }
  double y(double late_share) const {
    return height - margin - (height - 2.0 * margin) * std::sqrt(late_share / late_max_);
  }

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

std::string tuning_page(const std::string& name, const Tuning& tuning,
                        const std::string& proposal) {
  return fmt::format(
      "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Spillway tune</title>"
      "<style>:root{{color-scheme:light dark}}body{{font:15px/1.5 system-ui,sans-serif;margin:2rem "
      "auto;max-width:60rem;padding:0 1rem}}svg{{width:100%}}svg text{{font-size:12px;"
      "fill:#767676}}</style></head><body><h1>{}</h1><p>Grey: as configured. Red: {}. Point at "
      "a dot for its settings. {}</p><h2>Where it was chosen</h2>{}<h2>Held out</h2>{}"
      "<pre>{}</pre></body></html>\n",
      escaped(name), tuning.is_better ? "chosen" : "best seen, and not proposed",
      escaped(tuning.warning), plot_of(tuning, &Candidate::seen),
      plot_of(tuning, &Candidate::held_out), escaped(proposal));
}

}  // namespace spillway::cli
