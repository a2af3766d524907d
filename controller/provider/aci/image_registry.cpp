#include "controller/provider/aci/image_registry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "controller/io/base64.hpp"
#include "controller/io/http.hpp"
#include "controller/io/url.hpp"
#include "controller/provider/aci/json_fields.hpp"
#include "controller/provider/aci/text.hpp"

namespace spillway::aci {

namespace {

constexpr std::string_view hub{"docker.io"};
constexpr std::string_view hub_address{"registry-1.docker.io"};
constexpr std::size_t part_bytes_max{512};

bool is_path_text(std::string_view text) {
  return !text.empty() && text.size() <= part_bytes_max &&
         std::ranges::all_of(text, [](unsigned char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '.' || c == '_' || c == '-' || c == '/' || c == ':' || c == '@' || c == '+';
         });
}

/// No empty step in it, and none that leads up: it becomes part of a URL.
bool is_repository(std::string_view text) {
  if (!is_path_text(text)) return false;
  for (std::string_view rest{text};;) {
    const std::size_t slash{rest.find('/')};
    const std::string_view step{rest.substr(0, slash)};
    if (step.empty() || step == "." || step == "..") return false;
    if (slash == std::string_view::npos) return true;
    rest.remove_prefix(slash + 1);
  }
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == ',')) text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

/// Takes `key="value"` or `key=value` off the front of `rest`.
std::optional<std::pair<std::string, std::string>> take_parameter(std::string_view& rest) {
  rest = trimmed(rest);
  const std::size_t equals{rest.find('=')};
  if (equals == std::string_view::npos) return std::nullopt;
  std::string key{lower(trimmed(rest.substr(0, equals)))};
  rest.remove_prefix(equals + 1);
  const bool is_quoted{rest.starts_with('"')};
  if (is_quoted) rest.remove_prefix(1);
  const std::size_t end{rest.find(is_quoted ? '"' : ',')};
  std::string value{trimmed(rest.substr(0, end))};
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return std::pair{std::move(key), std::move(value)};
}

std::string advice_on_refusal(const Wanted& wanted, bool has_account) {
  if (has_account) return "check username and password, and that the account may pull";
  if (!wanted.replica.registry_server.empty()) return "the account is of another registry";
  return "add \"registry\" with an account or an identity that may pull";
}

}  // namespace

std::optional<ImageName> parse_image(std::string_view image) {
  ImageName name{};
  name.host = registry_of(image);
  const std::size_t slash{image.find('/')};
  const bool names_host{slash != std::string_view::npos && image.substr(0, slash) == name.host};
  if (names_host) image.remove_prefix(slash + 1);
  name.reference = "latest";
  if (const std::size_t at{image.find('@')}; at != std::string_view::npos) {
    name.reference = std::string{image.substr(at + 1)};
    image = image.substr(0, at);
  }
  // With a digest a tag is an ornament.
  const std::size_t colon{image.rfind(':')};
  const bool has_tag{colon != std::string_view::npos && image.find('/', colon) == image.npos};
  if (has_tag) {
    if (name.reference == "latest") name.reference = std::string{image.substr(colon + 1)};
    image = image.substr(0, colon);
  }
  name.repository = std::string{image};
  const bool is_official{name.host == hub && image.find('/') == std::string_view::npos};
  if (is_official && !image.empty()) name.repository = "library/" + name.repository;
  const bool is_one_step{name.reference.find('/') == std::string::npos};
  if (!is_repository(name.repository) || !is_repository(name.reference) || !is_one_step) {
    return std::nullopt;
  }
  return name;
}

std::string manifest_url(const ImageName& image) {
  return fmt::format("https://{}/v2/{}/manifests/{}", image.host == hub ? hub_address : image.host,
                     image.repository, image.reference);
}

std::optional<Challenge> parse_challenge(std::string_view header) {
  header = trimmed(header);
  const std::size_t blank{header.find(' ')};
  const std::string scheme{lower(header.substr(0, blank))};
  Challenge challenge{};
  if (scheme == "basic") return challenge;
  if (scheme != "bearer" || blank == std::string_view::npos) return std::nullopt;
  challenge.is_bearer = true;
  std::string_view rest{header.substr(blank)};
  while (auto parameter = take_parameter(rest)) {
    if (parameter->first == "realm") challenge.realm = std::move(parameter->second);
    if (parameter->first == "service") challenge.service = std::move(parameter->second);
    if (parameter->first == "scope") challenge.scope = std::move(parameter->second);
  }
  if (challenge.realm.empty()) return std::nullopt;
  return challenge;
}

Result<std::string> token_url(const Challenge& challenge, const ImageName& image) {
  const auto realm = io::parse_url(challenge.realm);
  if (!realm || !challenge.realm.starts_with("https://")) {
    return Error{Errc::malformed, fmt::format("{}: the registry asks for a login at '{}', which is "
                                              "no https address",
                                              image.host, io::excerpt(challenge.realm, 100))};
  }
  io::QueryParams query{};
  if (!challenge.service.empty()) query.emplace_back("service", challenge.service);
  query.emplace_back("scope", challenge.scope.empty()
                                  ? fmt::format("repository:{}:pull", image.repository)
                                  : challenge.scope);
  return io::with_query(challenge.realm, query);
}

Result<io::Secret> parse_registry_token(std::string_view body) {
  const auto document = parse_object(body);
  if (!document) return with_context("token of the registry", document.error());
  FieldReader fields{};
  std::string token{fields.text(*document, "token")};
  if (token.empty()) token = fields.text(*document, "access_token");
  if (token.empty()) fields.expected("a token", "token");
  if (fields.mistake()) return with_context("token of the registry", *fields.mistake());
  return io::Secret{std::move(token)};
}

io::Secret account_of(const Wanted& wanted, const ImageName& image) {
  const ReplicaTemplate& replica{wanted.replica};
  const bool is_for_it{equals_ignoring_case(replica.registry_server, image.host) ||
                       (image.host == hub && replica.registry_server.ends_with(".docker.io"))};
  if (!is_for_it || replica.registry_username.empty()) return {};
  return io::Secret{"Basic " +
                    io::base64(replica.registry_username + ":" + replica.registry_password)};
}

Finding judge_registry(const Wanted& wanted, const ImageName& image, const RegistryAnswer& answer) {
  const bool has_account{!account_of(wanted, image).empty()};
  Finding finding{.check = "registry",
                  .subject = fmt::format("{} for {}", image.host, wanted.workload)};
  const auto say = [&](Health health, std::string message, std::string advice) {
    finding.health = health;
    finding.message = std::move(message);
    finding.advice = std::move(advice);
    return finding;
  };
  const std::string what{fmt::format("{}:{}", image.repository, image.reference)};
  if (!answer.status) {
    return say(Health::warning, "not reachable from here: " + answer.trouble,
               "Azure may still reach it; check the name");
  }
  switch (*answer.status) {
    case 200: {
      const bool is_limited{image.host == hub && !has_account};
      if (!is_limited) return say(Health::ok, what + " is there and can be pulled", "");
      return say(Health::warning, what + " is there; Docker Hub limits pulls without an account",
                 "copy the image into a registry in the region: a burst pulls it many times");
    }
    case 401:
    case 403:
      if (!wanted.replica.registry_identity.empty()) {
        return say(Health::ok,
                   "asks for a login, as it should; whether the identity may pull " + what +
                       " only a group tells",
                   "");
      }
      return say(
          *answer.status == 401 ? Health::failure : Health::warning,
          has_account ? "refuses the account for " + what : "asks for a login to pull " + what,
          advice_on_refusal(wanted, has_account));
    case 404:
      return say(Health::failure, "has no " + what + ", or does not show it",
                 "check the image's name and tag");
    case 429:
      return say(Health::warning, "limits requests now: a burst would not get " + what,
                 "use a registry in the region, or an account with a higher limit");
    default:
      return say(Health::warning,
                 fmt::format("answers with {}, which registries do not", *answer.status),
                 "check the image's name");
  }
}

}  // namespace spillway::aci
