#include "controller/settings/config.hpp"

#include <algorithm>
#include <array>
#include <chrono>

#include "controller/io/endpoint.hpp"
#include "controller/settings/effective.hpp"
#include "controller/settings/json_schema.hpp"
#include "controller/settings/reference.hpp"

namespace spillway::settings {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view workloads_help{
    "The services to look after, by name. The name is also a tag and a label: lower case letters, "
    "digits and single hyphens, at most 40."};

bool is_listen_address(std::string_view text) {
  const auto endpoint{io::parse_endpoint(text, true)};
  return endpoint && endpoint->path.empty();
}

/// A tag value in Azure and a label elsewhere: no blanks, nothing to escape.
bool is_owner(std::string_view text) {
  const auto is_alphanumeric{[](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  }};
  return !text.empty() && text.size() <= 63 && is_alphanumeric(text.front()) &&
         std::ranges::all_of(
             text, [&](char c) { return is_alphanumeric(c) || c == '-' || c == '_' || c == '.'; });
}

void describe_state(Fields& fields, StateConfig& state) {
  fields.text(
      "directory", state.directory, {.presence = Presence::optional, .max_length = 4096},
      "Where the journal, the ledger and the lock live. Must survive a restart: what is lost "
      "here is found again only by tags.");
  fields.duration("retention", state.retention, {.min = 1h, .max = 24h * 365 * 10},
                  "How long decisions and bills are kept.");
  fields.duration("journal_heartbeat", state.journal_heartbeat, {.min = 1s, .max = 24h},
                  "A decision that repeats the last one is journalled this often all the same.");
}

void describe_api(Fields& fields, ApiConfig& api) {
  fields.text(
      "listen", api.listen,
      {.max_length = 256,
       .expected = "HOST:PORT such as 127.0.0.1:9900",
       .is_valid = is_listen_address},
      "Address of the HTTP API, the metrics and the dashboard. Beyond loopback it needs TLS "
      "and a token.");
  fields.text("tls_certificate", api.tls_certificate, {}, "PEM file with the certificate chain.");
  fields.text("tls_key", api.tls_key, {}, "PEM file with its private key.");
  fields.secret(
      "token", api.token, {.max_length = 4096},
      "What every request must carry but those for health: as bearer token, or, to read in a "
      "browser, as the password of basic authentication with any name.");
  fields.require(api.tls_certificate.empty() == api.tls_key.empty(),
                 "tls_certificate and tls_key belong together: set both or none");
}

void describe_log(Fields& fields, LogConfig& log) {
  static constexpr std::array<std::string_view, 4> levels{"debug", "info", "warning", "error"};
  static constexpr std::array<std::string_view, 3> formats{"auto", "text", "json"};
  choose(fields, "level", log.level, levels, "The least important lines to write.");
  choose(fields, "format", log.format, formats,
         "`auto`: text on a terminal, one JSON object per line otherwise.");
}

void describe_process(Fields& fields, Config& config) {
  static constexpr std::array<std::string_view, 2> modes{"observe", "act"};
  static constexpr std::array<std::string_view, 2> stops{"leave", "drain"};
  choose(fields, "mode", config.mode, modes,
         "`observe` decides, explains and records; `act` also creates and removes groups.");
  fields.text("owner", config.owner,
              {.max_length = 63,
               .expected = "1 to 63 letters, digits, - _ . beginning with a letter or digit",
               .is_valid = is_owner},
              "Marks the groups that are ours: nothing with another owner is ever touched. Two "
              "controllers must not share it. Required with a `provider`. `run` refuses another "
              "one while the state still has groups or standby pools of the old one.");
  fields.duration("interval", config.interval, {.min = 1s, .max = 60s},
                  "Time between two ticks: observe, decide, plan, act.");
  fields.duration("reap_after", config.reap_after, {.min = 1min, .max = 24h},
                  "Groups with our owner tag and without a record are removed after this.");
  choose(fields, "on_stop", config.on_stop, stops,
         "What SIGTERM does to burst groups: `leave` them serving, or `drain` and remove them.");
  fields.duration("drain_on_stop_limit", config.drain_on_stop_limit, {.min = 1s, .max = 24h},
                  "Longest wait for that drain.");
}

}  // namespace

void describe(Fields& fields, Config& config) {
  describe_process(fields, config);
  fields.section(
      "state", [&](Fields& inner) { describe_state(inner, config.state); },
      "What is remembered between ticks and restarts.");
  fields.section(
      "api", [&](Fields& inner) { describe_api(inner, config.api); }, "The HTTP interface.");
  fields.section(
      "log", [&](Fields& inner) { describe_log(inner, config.log); }, "Lines on standard error.");
  fields.texts("include", config.include,
               {.max_length = 4096, .expected = "a file or a pattern such as workloads/*.yaml"},
               "Further files with `workloads`, relative to this one.");
  map_of(fields, "metric_sources", config.metric_sources, Presence::optional,
         "Where readings come from, by name.");
  list_of(fields, "shared_queries", config.shared_queries, Presence::optional,
          "Queries that give a signal to every workload at once, told apart by a label: thousands "
          "of workloads cost one request.");
  fields.optional_section(
      "provider", config.has_provider, [&](Fields& inner) { describe(inner, config.provider); },
      "Where burst groups run. Required in mode `act`; `observe` decides without one, too.");
  map_of(fields, "traffic", config.traffic, Presence::optional,
         "Load balancers and service discovery, by name.");
  map_of(fields, "clusters", config.clusters, Presence::required,
         "Where the base replicas run, by name.");
  fields.optional_section(
      "virtual_node", config.has_virtual_node,
      [&](Fields& inner) { virtual_node::describe(inner, config.virtual_node); },
      "A node of a Kubernetes cluster whose pods run in the provider, open only while the cluster "
      "is "
      "full. Works in mode `act`.");
  fields.section(
      "allocator", [&](Fields& inner) { describe(inner, config.allocator); },
      "Limits that all workloads share, by weight and urgency.");
  describe_included(fields, config);
}

void describe_included(Fields& fields, Config& config) {
  map_of(fields, "workloads", config.workloads, Presence::optional, workloads_help);
}

std::string effective_yaml(const Config& config) {
  Config copy{config};
  copy.include.clear();  // what it brought in is written out
  return effective_yaml([&](Fields& fields) { describe(fields, copy); });
}

std::string effective_yaml(const WorkloadConfig& config) {
  WorkloadConfig copy{config};
  return effective_yaml([&](Fields& fields) { describe(fields, copy); });
}

std::string config_schema() {
  Config scratch{};
  return json_schema_text([&](Fields& fields) { describe(fields, scratch); });
}

std::string config_reference() {
  Config scratch{};
  return reference_markdown([&](Fields& fields) { describe(fields, scratch); });
}

}  // namespace spillway::settings
