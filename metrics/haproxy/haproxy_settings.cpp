#include "metrics/haproxy/haproxy_settings.hpp"

#include "controller/io/endpoint.hpp"
#include "controller/io/url.hpp"

namespace spillway {

namespace {

bool is_address(std::string_view text) {
  if (text.starts_with("http")) return io::parse_url(text).has_value();
  return io::parse_endpoint(text).has_value();
}

}  // namespace

void describe(Fields& fields, HaproxyStatsSettings& settings) {
  fields.texts(
      "addresses", settings.addresses,
      {.presence = Presence::required,
       .expected = "unix:/run/haproxy/admin.sock, HOST:PORT, or http://HOST:PORT/stats;csv",
       .is_valid = is_address},
      "Where to read statistics: a runtime API socket (`stats socket`), or the statistics page as "
      "CSV. Several HAProxies that share the load are added up; if one of them cannot be read, the "
      "readings are incomplete and shrink nothing.");
  fields.count("answer_mib_max", settings.answer_mib_max, {.min = 1, .max = 1024},
               "Largest answer to read, in MiB; 10 000 servers take about 5.");
  describe(fields, settings.access);
}

}  // namespace spillway
