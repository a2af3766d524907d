#include "metrics/prometheus/prometheus_settings.hpp"

#include "controller/io/url.hpp"

namespace spillway {

void describe(Fields& fields, PrometheusSettings& settings) {
  fields.texts("urls", settings.urls,
               {.presence = Presence::required,
                .expected = "a URL such as http://127.0.0.1:9090",
                .is_valid = [](std::string_view url) { return io::parse_url(url).has_value(); }},
               "Addresses of the same data, in the order of preference; the next one is asked when "
               "one fails. Prometheus, Thanos, Mimir and VictoriaMetrics speak this API.");
  fields.text_map("parameters", settings.parameters, {},
                  "Form parameters to add to each query, such as `dedup: \"true\"` for Thanos.");
  fields.count("queries_at_once", settings.queries_at_once, {.min = 1, .max = 64},
               "Queries in flight to this source at any time.");
  fields.duration("evaluation_delay", settings.evaluation_delay, {.max = std::chrono::minutes{5}},
                  "How far in the past queries are evaluated: for stores that samples reach late. "
                  "Readings are older by that much.");
  fields.duration("failback_after", settings.failback_after,
                  {.min = std::chrono::seconds{1}, .max = std::chrono::hours{1}},
                  "Time after which a failed preferred replica is tried again.");
  fields.count("answer_mib_max", settings.answer_mib_max, {.min = 1, .max = 1024},
               "Largest answer to read, in MiB; 10 000 series take about 2.");
  describe(fields, settings.access);
}

}  // namespace spillway
