#include "controller/cluster/static_vms/settings.hpp"

#include <algorithm>
#include <set>

#include "controller/io/endpoint.hpp"

namespace spillway::static_vms {

namespace {

bool is_address(std::string_view text) {
  const auto endpoint = io::parse_endpoint(text);
  return endpoint && endpoint->path.empty();
}

bool is_path(std::string_view text) {
  const bool is_printable{
      std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; })};
  return text.empty() || (text.starts_with('/') && is_printable);
}

void describe_probe(Fields& fields, ProbeSettings& probe) {
  fields.text("path", probe.path,
              {.max_length = 1024, .expected = "a path such as /healthz", .is_valid = is_path},
              "Asked with GET; a status of 200 to 399 passes. Default: a TCP connection passes.");
  fields.text("scheme", probe.scheme,
              {.max_length = 5,
               .expected = "http or https",
               .is_valid = [](std::string_view text) { return text == "http" || text == "https"; }},
              "How the path is asked for.");
  fields.duration("interval", probe.interval,
                  {.min = std::chrono::milliseconds{100}, .max = std::chrono::minutes{10}},
                  "Time between two probes of one address.");
  fields.duration("timeout", probe.timeout,
                  {.min = std::chrono::milliseconds{10}, .max = std::chrono::minutes{1}},
                  "A probe that takes longer has failed.");
  fields.count("fall", probe.fall, {.min = 1, .max = 100},
               "Failed probes in a row until an address counts as down.");
  fields.count("rise", probe.rise, {.min = 1, .max = 100},
               "Passed probes in a row until an address that was down counts as up.");
  fields.count("at_once", probe.at_once, {.min = 1, .max = 1024},
               "Probes under way at the same time.");
}

}  // namespace

void describe(Fields& fields, Settings& settings) {
  fields.texts("addresses", settings.addresses,
               {.max_length = 300, .expected = "HOST:PORT", .is_valid = is_address},
               "Where the base replicas listen. Each is probed, so a dead machine lowers the "
               "capacity that is counted on.");
  fields.optional_count(
      "count", settings.count, {.min = 0, .max = 100'000},
      "How many base replicas (not machines) there are, where they are not to be probed: 2 "
      "machines of 4 replicas are `count: 8`.");
  fields.count(
      "replicas_per_vm", settings.replicas_per_vm, {.min = 1, .max = 10'000},
      "Replicas that one machine holds. Multiplies `addresses`, each of which is a machine "
      "then, and not `count`, which counts replicas already.");
  fields.section(
      "probe", [&](Fields& inner) { describe_probe(inner, settings.probe); },
      "How an address shows that it serves.");
  fields.require(settings.addresses.empty() != !settings.count.has_value(),
                 "give either addresses, which are probed, or a fixed count");
  fields.require(
      std::set<std::string>(settings.addresses.begin(), settings.addresses.end()).size() ==
          settings.addresses.size(),
      "addresses must differ: one given twice would count twice");
}

}  // namespace spillway::static_vms
