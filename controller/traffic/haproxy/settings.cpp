#include "controller/traffic/haproxy/settings.hpp"

#include <algorithm>
#include <array>

#include "controller/io/endpoint.hpp"
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
  fields.text("options", settings.options,
              {.max_length = 1000,
               .expected = "keywords of a HAProxy server line, without ; # quotes or backslashes",
               .is_valid = is_valid_options},
              "Further keywords for added servers, such as `ssl verify required ca-file F`.");
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
  fields.require(settings.slots.empty() || !settings.slots.starts_with(settings.prefix) ||
                     settings.prefix.empty(),
                 "slots must not begin with the prefix: servers could not be told apart");
}

}  // namespace spillway::haproxy
