#include "controller/traffic/haproxy/settings.hpp"

#include <algorithm>
#include <array>

#include "controller/io/endpoint.hpp"
#include "controller/traffic/haproxy/map_entry.hpp"
#include "controller/traffic/haproxy/names.hpp"

namespace spillway::haproxy {

namespace {

void describe_check(Fields& fields, CheckSettings& settings) {
  fields.flag("enabled", settings.is_enabled, "Let HAProxy check burst servers itself.");
  fields.duration("interval", settings.interval,
                  {.min = std::chrono::milliseconds{100}, .max = std::chrono::minutes{5}},
                  "Time between two checks.");
  fields.count("fall", settings.fall, {.min = 1, .max = 100}, "Failed checks until it is down.");
  fields.count("rise", settings.rise, {.min = 1, .max = 100}, "Passed checks until it is up.");
}

bool is_pattern(std::string_view text) {
  return text.find("{{workload}}") != std::string_view::npos;
}

bool is_word_or_empty(std::string_view text) {
  return text.empty() || is_valid_map_word(text);
}

/// A name that may stand in an expression of HAProxy's, such as `str(NAME)`.
bool is_server_name(std::string_view text) {
  return text.empty() || is_valid_backend_pattern(text);
}

void describe_tls(Fields& fields, TlsSettings& settings) {
  static constexpr std::string_view path{"a path without spaces, as HAProxy's config has it"};
  fields.text("ca_file", settings.ca_file,
              {.max_length = 500, .expected = path, .is_valid = is_word_or_empty},
              "Authorities that certificates have to come from: `@system-ca`, or a file that "
              "HAProxy's own config names as well, on any `server` or `bind` line.");
  fields.text(
      "server_name", settings.server_name,
      {.max_length = 130,  // with the longest workload name it is still one
       .expected = "a host name, or one with {{workload}} in it",
       .is_valid = is_server_name},
      "The name that a certificate has to be for, since nobody has one for an address that "
      "comes and goes; also sent as SNI, in health checks too. Left out: any name will do.");
  fields.text("certificate", settings.certificate,
              {.max_length = 500, .expected = path, .is_valid = is_word_or_empty},
              "HAProxy's own certificate with its key, for replicas that ask for one: a file that "
              "HAProxy's config names as well.");
  fields.flag("verify", settings.verifies, "False: any certificate will do. For tests.");
  fields.require(!settings.verifies || !settings.ca_file.empty(),
                 "ca_file is needed to verify a certificate; or set verify to false");
  fields.require(settings.verifies || settings.ca_file.empty(),
                 "ca_file is of no use where verify is false");
}

void describe_map(Fields& fields, MapSettings& settings) {
  static constexpr std::string_view word{"one word, without ; # quotes < > or backslashes"};
  fields.text("file", settings.file,
              {.presence = Presence::required,
               .max_length = 500,
               .expected = word,
               .is_valid = is_valid_map_word},
              "The map, as HAProxy's config names it: /etc/haproxy/burst.map. Changed in memory; "
              "the file itself stays as it is.");
  fields.text("key", settings.key,
              {.max_length = 500, .expected = word, .is_valid = is_valid_map_word},
              "The entry's key; {{workload}} stands for the workload's name.");
  fields.text("value", settings.value,
              {.presence = Presence::required,
               .max_length = 500,
               .expected = word,
               .is_valid = is_valid_map_word},
              "Its value while a burst replica gets requests, such as a backend's name.");
  fields.text("otherwise", settings.otherwise,
              {.max_length = 500, .expected = word, .is_valid = is_word_or_empty},
              "Its value while none does. Left out: there is no entry then.");
  fields.require(settings.value != settings.otherwise, "value and otherwise must differ");
}

bool is_endpoint(std::string_view text) {
  return io::parse_endpoint(text).has_value();
}

}  // namespace

void describe(Fields& fields, Settings& settings) {
  fields.texts("sockets", settings.sockets,
               {.presence = Presence::required,
                .max_length = 256,
                .expected = "unix:/PATH or HOST:PORT of a `stats socket ... level admin`",
                .is_valid = is_endpoint},
               "Runtime API of each HAProxy process. Every change goes to all of them.");
  fields.text("backend", settings.backend,
              {.max_length = 200,
               .expected = "a backend's name, or one with {{workload}} in it",
               .is_valid = is_valid_backend_pattern},
              "The HAProxy backend that burst servers join; {{workload}} stands for the "
              "workload's name. Without it the section serves one workload only.");
  fields.text("prefix", settings.prefix,
              {.max_length = 64, .expected = "letters, digits, - _ . :", .is_valid = is_valid_name},
              "Names of our servers begin with this. No other server is ever touched.");
  fields.text(
      "slots", settings.slots,
      {.max_length = 64,
       .expected = "letters, digits, - _ . :",
       .is_valid = [](std::string_view text) { return text.empty() || is_valid_name(text); }},
      "Prefix of a `server-template` to use instead of adding servers: works with "
      "HAProxy before 2.6, and survives a reload with a server-state file.");
  fields.optional_count("base_weight", settings.base_weight, {.min = 1, .max = 256},
                        "Weight of a base server in HAProxy, which a burst replica of the same "
                        "size gets. Default: what most of the other servers have.");
  fields.section(
      "check", [&](Fields& inner) { describe_check(inner, settings.check); },
      "HAProxy's own health check of added servers.");
  fields.count("max_connections", settings.max_connections, {.min = 0, .max = 1'000'000},
               "`maxconn` of an added server; 0 = no limit.");
  fields.duration("keep_idle", settings.keep_idle, {.max = std::chrono::hours{1}},
                  "How long HAProxy keeps an idle connection to an added server; 0 = not at all.");
  fields.optional_section(
      "tls", settings.has_tls, [&](Fields& inner) { describe_tls(inner, settings.tls); },
      "Speak TLS to burst servers. Left out: plain.");
  fields.text("options", settings.options,
              {.max_length = 1000,
               .expected = "keywords of a HAProxy server line, without ; # quotes or backslashes",
               .is_valid = is_valid_options},
              "Further keywords for added servers, such as `proto h2`.");
  fields.optional_section(
      "map", settings.has_map, [&](Fields& inner) { describe_map(inner, settings.map); },
      "An entry of a map that says whether burst replicas get requests: for routing by key, such "
      "as `use_backend %[req.hdr(host),map(/etc/haproxy/burst.map,base)]`.");
  static constexpr std::array<std::string_view, 2> words{"hold", "skip"};
  choose(fields, "unreachable", settings.unreachable, words,
         "While one of several processes cannot be reached: `hold` goes on admitting and does "
         "not drain or evict, since it may be serving; `skip` leaves it out.");
  fields.duration("timeout", settings.timeout,
                  {.min = std::chrono::milliseconds{50}, .max = std::chrono::minutes{1}},
                  "Time for one exchange with one process.");
  fields.require(!settings.prefix.empty(),
                 "prefix must not be empty: every server would count as ours");
  fields.require(!settings.backend.empty(), "backend must not be empty");
  fields.require(!settings.has_tls || settings.slots.empty(),
                 "tls is for added servers: with slots, write `ssl verify required ca-file F` on "
                 "the `server-template` line");
  fields.require(!settings.has_map || !is_pattern(settings.backend) || is_pattern(settings.map.key),
                 "map.key must have {{workload}} in it, as backend has: workloads would share one "
                 "entry");
  fields.require(settings.slots.empty() || !settings.slots.starts_with(settings.prefix) ||
                     settings.prefix.empty(),
                 "slots must not begin with the prefix: servers could not be told apart");
}

}  // namespace spillway::haproxy
