#include "tests/emulator/config_file.hpp"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <cmath>
#include <fstream>
#include <functional>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "tests/emulator/client_assertion.hpp"
#include "tests/emulator/text.hpp"

namespace spillway::emulator {
namespace {

using Setter = std::function<void(const YAML::Node&)>;
using Setters = std::vector<std::pair<std::string, Setter>>;

/// A complaint about one node; the file's name is added by the caller.
struct Finding : std::runtime_error {
  Finding(const YAML::Mark& where, const std::string& text) : runtime_error{text}, mark{where} {}
  YAML::Mark mark;
};

/// A mapping whose keys are all known.
void read_map(const YAML::Node& node, const std::string& what, const Setters& setters) {
  if (!node.IsMap()) throw Finding{node.Mark(), fmt::format("{} must be a mapping", what)};
  for (const auto& entry : node) {
    const std::string key{entry.first.as<std::string>()};
    std::string known;
    bool found{false};
    for (const auto& [name, set] : setters) {
      known += (known.empty() ? "" : ", ") + name;
      if (name != key) continue;
      set(entry.second);
      found = true;
    }
    if (!found) {
      throw Finding{entry.first.Mark(),
                    fmt::format("'{}' is not a key of {}; the keys are {}", key, what, known)};
    }
  }
}

double number(const YAML::Node& node, double least, double most) {
  double value{0};
  if (!node.IsScalar() || !YAML::convert<double>::decode(node, value) || !(value >= least) ||
      !(value <= most)) {
    throw Finding{node.Mark(), fmt::format("expected a number from {} to {}", least, most)};
  }
  return value;
}

int whole(const YAML::Node& node, int least, int most) {
  const double value{number(node, least, most)};
  if (std::trunc(value) != value) throw Finding{node.Mark(), "expected a whole number"};
  return static_cast<int>(value);
}

bool boolean(const YAML::Node& node) {
  bool value{false};
  if (!node.IsScalar() || !YAML::convert<bool>::decode(node, value)) {
    throw Finding{node.Mark(), "expected true or false"};
  }
  return value;
}

std::string text(const YAML::Node& node) {
  if (!node.IsScalar()) throw Finding{node.Mark(), "expected a text"};
  return node.as<std::string>();
}

Duration duration(const YAML::Node& node) {
  return duration_of_seconds(number(node, 0, 1e8));
}

std::vector<std::string> texts(const YAML::Node& node) {
  if (!node.IsSequence()) throw Finding{node.Mark(), "expected a list of texts"};
  std::vector<std::string> result;
  for (const YAML::Node& element : node) result.push_back(text(element));
  return result;
}

std::vector<std::string> some_texts(const YAML::Node& node) {
  auto result{texts(node)};
  if (result.empty()) throw Finding{node.Mark(), "the list must not be empty"};
  return result;
}

template <class T>
T choice(const YAML::Node& node, std::initializer_list<std::pair<std::string_view, T>> choices) {
  const std::string word{text(node)};
  std::string known;
  for (const auto& [name, value] : choices) {
    if (name == word) return value;
    known += (known.empty() ? "" : ", ") + std::string{name};
  }
  throw Finding{node.Mark(), fmt::format("'{}' is none of {}", word, known)};
}

ImageRule read_image(const YAML::Node& node) {
  ImageRule rule;
  read_map(node, "an image",
           {{"command", [&](const auto& n) { rule.command = some_texts(n); }},
            {"environment",
             [&](const auto& n) {
               if (!n.IsMap()) throw Finding{n.Mark(), "expected a mapping of texts"};
               for (const auto& e : n) rule.environment[text(e.first)] = text(e.second);
             }},
            {"pull_seconds", [&](const auto& n) { rule.pull = duration(n); }},
            {"size_mb", [&](const auto& n) { rule.size_mb = number(n, 0, 1e6); }},
            {"run_seconds", [&](const auto& n) { rule.run = duration(n); }},
            {"exit_code", [&](const auto& n) { rule.exit_code = whole(n, 0, 255); }},
            {"logs", [&](const auto& n) { rule.logs = texts(n); }},
            {"refuse", [&](const auto& n) { rule.refuse = text(n); }},
            {"allow_command", [&](const auto& n) { rule.allow_command = boolean(n); }}});
  return rule;
}

std::string file_text(const YAML::Node& node) {
  std::ifstream file{text(node)};
  std::ostringstream content;
  if (!file || !(content << file.rdbuf())) {
    throw Finding{node.Mark(), fmt::format("'{}' cannot be read", text(node))};
  }
  return content.str();
}

std::string certificate(const YAML::Node& node) {
  std::string pem{file_text(node)};
  if (!is_certificate(pem)) throw Finding{node.Mark(), "the file holds no PEM certificate"};
  return pem;
}

Federation read_federation(const YAML::Node& node) {
  Federation trust;
  read_map(node, "a federation",
           {{"issuer", [&](const auto& n) { trust.issuer = text(n); }},
            {"subject", [&](const auto& n) { trust.subject = text(n); }},
            {"audience", [&](const auto& n) { trust.audience = text(n); }},
            {"public_key", [&](const auto& n) { trust.public_key = file_text(n); }}});
  if (trust.issuer.empty() || trust.subject.empty()) {
    throw Finding{node.Mark(), "a federation needs issuer and subject"};
  }
  return trust;
}

Identity read_identity(const YAML::Node& node) {
  Identity identity;
  read_map(node, "an identity",
           {{"client_id", [&](const auto& n) { identity.client_id = text(n); }},
            {"object_id", [&](const auto& n) { identity.object_id = text(n); }},
            {"resource_id", [&](const auto& n) { identity.resource_id = text(n); }}});
  if (identity.client_id.empty()) throw Finding{node.Mark(), "an identity needs client_id"};
  if (identity.object_id.empty()) identity.object_id = identity.client_id;
  return identity;
}

/// A list whose elements `read` understands.
template <class T>
std::vector<T> list_of(const YAML::Node& node, const std::string& what,
                       T (*read)(const YAML::Node&)) {
  if (!node.IsSequence()) throw Finding{node.Mark(), "expected a list of " + what};
  std::vector<T> result;
  for (const YAML::Node& element : node) result.push_back(read(element));
  return result;
}

Client read_client(const YAML::Node& node, const std::string& tenant) {
  Client client{.tenant = tenant, .id = {}, .secret = {}};
  read_map(node, "a client",
           {{"tenant", [&](const auto& n) { client.tenant = text(n); }},
            {"id", [&](const auto& n) { client.id = text(n); }},
            {"secret", [&](const auto& n) { client.secret = text(n); }},
            {"certificates",
             [&](const auto& n) { client.certificates = list_of(n, "files", certificate); }},
            {"federations", [&](const auto& n) {
               client.federations = list_of(n, "federations", read_federation);
             }}});
  if (client.id.empty() ||
      (client.secret.empty() && client.certificates.empty() && client.federations.empty())) {
    throw Finding{node.Mark(), "a client needs id, and secret, certificates or federations"};
  }
  return client;
}

void read_start(const YAML::Node& node, StartTime& start) {
  read_map(node, "start",
           {{"median_seconds",
             [&](const auto& n) { start.median = duration_of_seconds(number(n, 0.001, 1e6)); }},
            {"sigma", [&](const auto& n) { start.sigma = number(n, 0, 5); }},
            {"pull_mb_per_second",
             [&](const auto& n) { start.pull_mb_per_second = number(n, 0.001, 1e6); }},
            {"give_up_seconds", [&](const auto& n) { start.give_up_after = duration(n); }}});
}

void read_limits(const YAML::Node& node, EmulatorOptions& options) {
  Limits& limits{options.limits};
  const auto count{
      [](int& into) { return [&into](const auto& n) { into = whole(n, 0, 1'000'000); }; }};
  const auto bucket{[](BucketSize& into) {
    return [&into](const auto& n) {
      if (!n.IsSequence() || n.size() != 2) {
        throw Finding{n.Mark(), "expected [bucket size, refill per second]"};
      }
      into = {number(n[0], 1, 1e9), number(n[1], 0.001, 1e9)};
    };
  }};
  read_map(
      node, "limits",
      {{"groups_per_region", count(limits.groups_per_region)},
       {"cores_per_region", [&](const auto& n) { limits.cores_per_region = number(n, 0, 1e6); }},
       {"spot_cores_per_region",
        [&](const auto& n) { limits.spot_cores_per_region = number(n, 0, 1e6); }},
       {"creates_per_5_minutes", count(limits.creates_per_5_minutes)},
       {"creates_per_hour", count(limits.creates_per_hour)},
       {"deletes_per_5_minutes", count(limits.deletes_per_5_minutes)},
       {"deletes_per_hour", count(limits.deletes_per_hour)},
       {"vm_cores_per_region", count(limits.vm_cores_per_region)},
       {"capacity_cores", [&](const auto& n) { limits.capacity_cores = number(n, 0, 1e6); }},
       {"reads", bucket(options.arm_limits.reads)},
       {"writes", bucket(options.arm_limits.writes)},
       {"deletes", bucket(options.arm_limits.deletes)}});
}

void read_weather(const YAML::Node& node, Weather& weather) {
  read_map(
      node, "weather",
      {{"spot_evictions_per_hour",
        [&](const auto& n) { weather.spot_evictions_per_hour = number(n, 0, 3600); }},
       {"moves_per_day", [&](const auto& n) { weather.moves_per_day = number(n, 0, 86400); }}});
}

void read_prices(const YAML::Node& node, Prices& prices) {
  read_map(node, "prices",
           {{"vcpu_second", [&](const auto& n) { prices.vcpu_second = number(n, 0, 1); }},
            {"gb_second", [&](const auto& n) { prices.gb_second = number(n, 0, 1); }},
            {"spot_factor", [&](const auto& n) { prices.spot_factor = number(n, 0, 1); }}});
}

Setters behaviour_setters(EmulatorOptions& o) {
  return {
      {"backend",
       [&](const auto& n) {
         o.backend = choice<BackendKind>(n, {{"simulated", BackendKind::simulated},
                                             {"process", BackendKind::process},
                                             {"docker", BackendKind::docker}});
       }},
      {"docker_host", [&](const auto& n) { o.docker_host = text(n); }},
      {"speed", [&](const auto& n) { o.speed = number(n, 0.001, 1e6); }},
      {"seed", [&](const auto& n) { o.seed = static_cast<std::uint64_t>(number(n, 0, 1e15)); }},
      {"start", [&](const auto& n) { read_start(n, o.start); }},
      {"standby_seconds", [&](const auto& n) { o.standby_start = duration(n); }},
      {"vm_start_seconds", [&](const auto& n) { o.vm_start = duration(n); }},
      {"weather", [&](const auto& n) { read_weather(n, o.weather); }},
      {"delete_seconds", [&](const auto& n) { o.delete_time = duration(n); }},
      {"stop_grace_seconds", [&](const auto& n) { o.stop_grace = duration(n); }},
      {"retry_after_seconds", [&](const auto& n) { o.retry_after = duration(n); }},
      {"lro_headers",
       [&](const auto& n) {
         o.lro_headers = choice<LroHeaders>(n, {{"both", LroHeaders::both},
                                                {"azure-async", LroHeaders::azure_async},
                                                {"location", LroHeaders::location},
                                                {"neither", LroHeaders::neither}});
       }},
      {"delete_during_create",
       [&](const auto& n) {
         o.delete_during_create =
             choice<DeleteDuringCreate>(n, {{"conflict", DeleteDuringCreate::conflict},
                                            {"accept", DeleteDuringCreate::accept},
                                            {"forget", DeleteDuringCreate::forget}});
       }},
      {"synchronous_delete", [&](const auto& n) { o.synchronous_delete = boolean(n); }},
      {"page_size",
       [&](const auto& n) { o.page_size = static_cast<std::size_t>(whole(n, 1, 100'000)); }},
      {"price_page_size",
       [&](const auto& n) { o.price_page_size = static_cast<std::size_t>(whole(n, 1, 100'000)); }},
      {"addresses", [&](const auto& n) { o.addresses = text(n); }},
      {"limits", [&](const auto& n) { read_limits(n, o); }},
      {"prices", [&](const auto& n) { read_prices(n, o.prices); }},
      {"images",
       [&](const auto& n) {
         if (!n.IsMap()) throw Finding{n.Mark(), "expected a mapping from image names to rules"};
         for (const auto& entry : n) o.images[text(entry.first)] = read_image(entry.second);
       }},
  };
}

Setters all_setters(EmulatorOptions& o) {
  Setters setters{
      {"listen", [&](const auto& n) { o.listen = text(n); }},
      {"http_listen", [&](const auto& n) { o.http_listen = text(n); }},
      {"identities",
       [&](const auto& n) { o.identities = list_of(n, "identities", read_identity); }},
      {"identity_header", [&](const auto& n) { o.identity_header = text(n); }},
      {"tls_cert", [&](const auto& n) { o.tls_certificate_file = text(n); }},
      {"tls_key", [&](const auto& n) { o.tls_key_file = text(n); }},
      {"record", [&](const auto& n) { o.record_file = text(n); }},
      {"auth", [&](const auto& n) { o.auth = boolean(n); }},
      {"tenant", [&](const auto& n) { o.tenant = text(n); }},
      {"clients",
       [&](const auto& n) {
         if (!n.IsSequence()) throw Finding{n.Mark(), "expected a list of clients"};
         for (const YAML::Node& client : n) o.clients.push_back(read_client(client, o.tenant));
       }},
      {"token_seconds", [&](const auto& n) { o.token_lifetime = duration(n); }},
      {"subscriptions", [&](const auto& n) { o.subscriptions = some_texts(n); }},
      {"resource_groups", [&](const auto& n) { o.resource_groups = texts(n); }},
      {"regions",
       [&](const auto& n) {
         o.regions = some_texts(n);
         for (std::string& region : o.regions) region = region_name(region);
       }},
      {"api_versions", [&](const auto& n) { o.api_versions = some_texts(n); }},
  };
  for (auto& setter : behaviour_setters(o)) setters.push_back(std::move(setter));
  return setters;
}

}  // namespace

EmulatorOptions with_config_text(EmulatorOptions options, const std::string& yaml,
                                 const std::string& name) {
  try {
    const YAML::Node root(YAML::Load(yaml));
    if (root.IsNull()) return options;
    read_map(root, "the emulator's config", all_setters(options));
    return options;
  } catch (const Finding& complaint) {
    throw std::runtime_error{fmt::format("{}:{}:{}: {}", name, complaint.mark.line + 1,
                                         complaint.mark.column + 1, complaint.what())};
  } catch (const YAML::Exception& error) {
    throw std::runtime_error{fmt::format("{}:{}:{}: not YAML: {}", name, error.mark.line + 1,
                                         error.mark.column + 1, error.msg)};
  }
}

EmulatorOptions with_config_file(EmulatorOptions options, const std::string& path) {
  std::ifstream file{path};
  std::ostringstream content;
  if (!file || !(content << file.rdbuf())) {
    throw std::runtime_error{fmt::format("{}: cannot be read (or is empty)", path)};
  }
  return with_config_text(std::move(options), content.str(), path);
}

}  // namespace spillway::emulator
