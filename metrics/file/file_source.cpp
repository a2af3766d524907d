#include "metrics/file/file_source.hpp"

#include <fmt/format.h>

#include <cmath>
#include <optional>
#include <utility>

#include "controller/io/atomic_file.hpp"
#include "metrics/file/trace.hpp"

namespace spillway::file {

namespace asio = boost::asio;

namespace {

// A year of seconds in three columns; anything beyond is the wrong file.
constexpr std::size_t file_limit{1024UL * 1024 * 1024};

class FileSource final : public MetricSource {
 public:
  FileSource(io::Clock& clock, std::string name, FileSettings settings, Trace trace)
      : clock_{clock},
        name_{std::move(name)},
        settings_{std::move(settings)},
        trace_{std::move(trace)} {}

  const std::string& name() const override { return name_; }

  asio::awaitable<std::vector<Result<Answer>>> read(std::vector<Query> queries,
                                                    io::Deadline) override {
    const TimePoint now{clock_.now()};
    if (!began_at_) began_at_ = now;
    const auto row{trace_.row_at(time_in_trace(now))};
    std::vector<Result<Answer>> answers{};
    answers.reserve(queries.size());
    for (const Query& query : queries) answers.push_back(answer(query, row, now));
    co_return answers;
  }

 private:
  Duration time_in_trace(TimePoint now) const {
    const Duration passed{duration_of_seconds(seconds(now - *began_at_) * settings_.speed)};
    return settings_.repeat ? Duration{passed % trace_.end()} : passed;
  }

  Result<Answer> answer(const Query& query, std::optional<std::size_t> row, TimePoint now) const {
    Answer found{};
    const auto add{[&](std::string key, std::size_t column) {
      const double value{row ? trace_.values[column][*row] : std::nan("")};
      if (!std::isnan(value)) found.samples[std::move(key)] = {.value = value, .sampled_at = now};
    }};
    if (query.join_label == "column") {
      for (std::size_t i{0}; i < trace_.columns.size(); ++i) add(trace_.columns[i], i);
      return found;
    }
    const auto column{query.text.empty() ? std::optional<std::size_t>{0}
                                         : trace_.column(query.text)};
    if (!column || !query.join_label.empty()) {
      std::string names{};
      for (const std::string& one : trace_.columns) names += (names.empty() ? "" : ", ") + one;
      return Error{Errc::bad_request,
                   !column ? fmt::format("no column `{}`; there are: {}", query.text, names)
                           : "the only join label of a file is `column`"};
    }
    add("", *column);
    return found;
  }

  io::Clock& clock_;
  std::string name_;
  FileSettings settings_;
  Trace trace_;
  std::optional<TimePoint> began_at_{};
};

}  // namespace

Result<std::unique_ptr<MetricSource>> make_file_source(io::Clock& clock, std::string name,
                                                       FileSettings settings) {
  const auto text{io::read_file(settings.path, file_limit)};
  if (!text) return with_context(name, text.error());
  auto trace{parse_trace(*text)};
  if (!trace) return with_context(fmt::format("{}: {}", name, settings.path), trace.error());
  return std::make_unique<FileSource>(clock, std::move(name), std::move(settings),
                                      std::move(*trace));
}

}  // namespace spillway::file
