#include "controller/traffic/etcd/settings.hpp"

#include "controller/io/url.hpp"

namespace spillway::etcd {

namespace {

constexpr std::string_view workload_word{"{{workload}}"};

bool is_prefix(std::string_view text) {
  return text.size() > 1 && text.ends_with('/') && text.find('\0') == std::string_view::npos;
}

bool is_http(std::string_view text) {
  const auto url = io::parse_url(text);
  return url && url->scheme != "unix";
}

bool has_workload(std::string_view text) {
  return text.find(workload_word) != std::string_view::npos;
}

}  // namespace

void describe(Fields& fields, Settings& settings) {
  fields.texts("urls", settings.urls,
               {.presence = Presence::required,
                .max_length = 300,
                .expected = "a URL such as http://127.0.0.1:2379",
                .is_valid = is_http},
               "Client addresses of etcd 3.4 or later, in the order of preference; the next one is "
               "asked when one fails.");
  const TextRule prefix_rule{.max_length = 512,
                             .expected = "the beginning of a key, with / at its end",
                             .is_valid = is_prefix};
  fields.text("prefix", settings.prefix, prefix_rule,
              "Readers find a replica with traffic at this and its group's name, as JSON with "
              "host, port and weight (what SkyDNS and CoreDNS read). {{workload}} stands for the "
              "workload's name; without it the section serves one workload only.");
  fields.text("registry", settings.registry, prefix_rule,
              "Where we remember which of the keys are ours, and which replicas drain. No other "
              "key is ever removed.");
  fields.text("user", settings.user, {.max_length = 256}, "Where etcd asks for a user.");
  fields.secret("password", settings.password, {.max_length = 1024}, "The user's.");
  fields.text("ca_file", settings.ca_file, {},
              "Authorities to trust, in PEM. Left out: the system's.");
  fields.text("certificate_file", settings.certificate_file, {},
              "Our certificate for mutual TLS, in PEM.");
  fields.text("key_file", settings.key_file, {}, "Its private key, in PEM.");
  fields.flag("insecure_skip_verify", settings.insecure_skip_verify,
              "Accept any certificate: for trials only.");
  fields.duration("timeout", settings.timeout,
                  {.min = std::chrono::milliseconds{50}, .max = std::chrono::minutes{1}},
                  "Time for one request.");
  fields.require(!settings.urls.empty(), "urls needs at least one address");
  fields.require(settings.user.empty() == settings.password.empty(),
                 "user and password belong together: set both or none");
  fields.require(settings.certificate_file.empty() == settings.key_file.empty(),
                 "certificate_file and key_file belong together: set both or none");
  fields.require(has_workload(settings.prefix) == has_workload(settings.registry),
                 "prefix and registry have {{workload}} both or not at all");
  const std::string example{keys_of(settings.prefix, "x")};
  const std::string registered{keys_of(settings.registry, "x")};
  fields.require(!example.starts_with(registered) && !registered.starts_with(example),
                 "prefix and registry must not lie within each other");
}

std::string keys_of(std::string_view pattern, std::string_view workload) {
  std::string keys{pattern};
  const std::size_t at{keys.find(workload_word)};
  if (at != std::string::npos) keys.replace(at, workload_word.size(), workload);
  return keys;
}

bool serves_many(const Settings& settings) {
  return has_workload(settings.prefix);
}

}  // namespace spillway::etcd
