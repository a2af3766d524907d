// The load of a demonstration over time: requests per second as a line through given points.
// Pure: it says when requests arrive; sending them is load_generator's business.
#pragma once

#include <string_view>
#include <vector>

namespace spillway::demo {

class Shape {
 public:
  struct Point {
    double t_s;  ///< since the start
    double rps;
  };

  /// Points from CSV, `t_s,rps` per line, `#` starts a comment. Throws std::invalid_argument with
  /// the line and what is wrong: not two numbers, a negative rate, time that does not grow.
  static Shape parse(std::string_view csv);

  /// The rate at `t_s`, linear between points; the first and last rate hold outside.
  double rate_at(double t_s) const;

  double duration_s() const { return points_.back().t_s; }
  double highest_rps() const;

  /// The time at which `arrivals` more requests have arrived after `t_s`, by the integral of the
  /// rate: 1.0 gives even spacing, an exponential variate gives a Poisson process. Past the end of
  /// the shape if it ends before. Example: at a steady 50 per second, 1.0 after 2.00 is 2.02.
  double after(double t_s, double arrivals) const;

 private:
  explicit Shape(std::vector<Point> points) : points_{std::move(points)} {}

  std::vector<Point> points_;
};

}  // namespace spillway::demo
