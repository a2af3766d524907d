#include "metrics/work_settings.hpp"

namespace spillway {

void describe(Fields& fields, WorkSettings& settings) {
  describe(fields, settings.from);
  fields.text("label", settings.label, {.max_length = 128},
              "The label of the answer that says which replica a series is of: its value is the "
              "replica's address, with or without a port, or its group's name.");
  fields.duration(
      "lag", settings.lag, {.max = std::chrono::hours{1}},
      "How old a sample may be without showing it: the scrape interval and a little. A "
      "replica that is to leave is idle once a sample taken so long after says so. With "
      "a `freshness_query` it can be 0s.");
  fields.require(!settings.label.empty(), "label must not be empty");
}

}  // namespace spillway
