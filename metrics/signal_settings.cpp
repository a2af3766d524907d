#include "metrics/signal_settings.hpp"

#include <cmath>

namespace spillway {

void describe(Fields& fields, SignalSettings& settings) {
  fields.text("source", settings.source, {.max_length = 128},
              "The source to ask, by its name under `metric_sources`. May be left out if there is "
              "one.");
  fields.text(
      "query", settings.query, {.presence = Presence::required, .max_length = 16384},
      "What to ask, in the source's language. `{{workload}}` stands for the workload's name, "
      "`{{x}}` for its label x.");
  fields.text("freshness_query", settings.freshness_query, {.max_length = 16384},
              "A query for the time of the sample, in seconds since 1970, such as "
              "`max(timestamp(up{job=\"web\"}))`. Without it Prometheus' samples count as taken at "
              "the time of the question, though they may be up to 5 minutes old.");
  fields.duration("stale_after", settings.stale_after,
                  {.min = std::chrono::seconds{1}, .max = std::chrono::hours{24}},
                  "Age from which a sample is only shown and no longer acted on.");
  fields.number("scale", settings.scale, {},
                "Factor for each sample: 0.001 turns milliseconds into seconds.");
  fields.flag("may_be_negative", settings.may_be_negative,
              "Believe negative samples. Loads, queues and latencies have none.");
  fields.require(std::isfinite(settings.scale) && settings.scale != 0.0,
                 "scale must be a finite number other than 0");
}

void describe(Fields& fields, SharedQuerySettings& settings) {
  fields.text("signal", settings.signal, {.presence = Presence::required, .max_length = 64},
              "The signal that this query gives to every workload.");
  fields.text(
      "join_label", settings.join_label, {.presence = Presence::required, .max_length = 128},
      "The label of the answer that tells workloads apart. A workload takes the series whose "
      "value is the workload's label of the same name, or else the workload's name.");
  describe(fields, settings.from);
}

}  // namespace spillway
