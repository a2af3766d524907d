#include "controller/traffic/dns/settings.hpp"

#include <algorithm>
#include <array>

#include "controller/io/base64.hpp"
#include "controller/io/endpoint.hpp"

namespace spillway::dns {

namespace {

constexpr std::string_view workload_word{"{{workload}}"};
constexpr std::size_t label_max{63};
constexpr std::size_t name_max{253};  // 255 on the wire

std::string with_workload(std::string text, std::string_view workload) {
  const std::size_t at{text.find(workload_word)};
  if (at != std::string::npos) text.replace(at, workload_word.size(), workload);
  return text;
}

std::string_view without_dot(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  return name;
}

bool is_name_pattern(std::string_view text) {
  return text == "@" || is_domain_name(with_workload(std::string{text}, "x"));
}

bool is_owner(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  });
}

bool is_secret(std::string_view text) {
  const auto bytes = io::decode_base64(text);
  return bytes && !bytes->empty();
}

void describe_key(Fields& fields, KeySettings& key) {
  fields.text("name", key.name,
              {.presence = Presence::required,
               .max_length = name_max,
               .expected = "the key's name, as in the server's config",
               .is_valid = is_domain_name},
              "Name of the key.");
  fields.secret("secret", key.secret,
                {.presence = Presence::required,
                 .max_length = 1024,
                 .expected = "the key in Base64, as `tsig-keygen` prints it",
                 .is_valid = is_secret},
                "The key in Base64.");
  static constexpr std::array<std::string_view, 3> words{"hmac-sha256", "hmac-sha384",
                                                         "hmac-sha512"};
  choose(fields, "algorithm", key.algorithm, words, "As in the server's config.");
}

}  // namespace

void describe(Fields& fields, Settings& settings) {
  fields.text("server", settings.server,
              {.presence = Presence::required,
               .max_length = 256,
               .expected = "HOST:PORT of the zone's primary server, such as 10.0.0.2:53",
               .is_valid =
                   [](std::string_view text) {
                     const auto endpoint = io::parse_endpoint(text);
                     return endpoint && endpoint->path.empty();
                   }},
              "The zone's primary server, asked and updated over TCP.");
  fields.text("zone", settings.zone,
              {.presence = Presence::required,
               .max_length = name_max,
               .expected = "a zone such as example.com",
               .is_valid = is_domain_name},
              "The zone, which has to allow updates (BIND: update-policy).");
  fields.text("name", settings.name,
              {.max_length = name_max,
               .expected = "a name below the zone, or @ for the zone's own",
               .is_valid = is_name_pattern},
              "The name below the zone that gets an A or AAAA record for each burst replica, "
              "beside those of others. {{workload}} stands for the workload's name; without it "
              "the section serves one workload only.");
  fields.text("owner", settings.owner,
              {.max_length = 63, .expected = "letters, digits, - _ .", .is_valid = is_owner},
              "Marks our records in the TXT records at _spillway.NAME: one word for each "
              "controller. No other record is ever removed.");
  fields.duration("ttl", settings.ttl,
                  {.min = std::chrono::seconds{1}, .max = std::chrono::hours{24}},
                  "How long resolvers keep our records, in whole seconds: a drain has to last "
                  "longer than this.");
  fields.optional_section(
      "key", settings.has_key, [&](Fields& inner) { describe_key(inner, settings.key); },
      "The key that signs questions and updates (TSIG).");
  fields.duration("timeout", settings.timeout,
                  {.min = std::chrono::milliseconds{50}, .max = std::chrono::minutes{1}},
                  "Time for one question or update.");
  fields.require(!settings.name.empty(), "name must not be empty; @ is the zone's own name");
  fields.require(!settings.owner.empty(), "owner must not be empty: every record would be ours");
}

std::string name_of(const Settings& settings, std::string_view workload) {
  std::string zone{without_dot(settings.zone)};
  if (settings.name == "@") return zone;
  return std::string{without_dot(with_workload(settings.name, workload))} + "." + zone;
}

bool serves_many(const Settings& settings) {
  return settings.name.find(workload_word) != std::string::npos;
}

bool is_domain_name(std::string_view text) {
  text = without_dot(text);
  if (text.empty() || text.size() > name_max) return false;
  std::size_t label{0};
  for (const char c : text) {
    const bool is_legal{(c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                        (c >= '0' && c <= '9') || c == '-' || c == '_'};
    if (c == '.' ? label == 0 : !is_legal) return false;
    label = c == '.' ? 0 : label + 1;
    if (label > label_max) return false;
  }
  return label > 0;
}

}  // namespace spillway::dns
