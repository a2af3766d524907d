#include "controller/provider/aci/doctor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "controller/io/http_date.hpp"
#include "controller/provider/aci/group_answer.hpp"
#include "controller/provider/aci/identity.hpp"
#include "controller/provider/aci/image_registry.hpp"
#include "controller/provider/aci/text.hpp"

namespace spillway::aci {

namespace asio = boost::asio;

namespace {

constexpr std::string_view resources_version{"2021-04-01"};
constexpr std::string_view permissions_version{"2022-04-01"};
constexpr std::size_t registry_answer_bytes{1024 * 1024};  // tokens take a few kilobytes

class Examination {
 public:
  Examination(Instruments instruments, AciSettings settings, std::vector<Wanted> wanted,
              io::Deadline deadline)
      : with_{instruments},
        settings_{std::move(settings)},
        wanted_{std::move(wanted)},
        deadline_{deadline} {}

  asio::awaitable<void> run() {
    const bool is_known = co_await check_identity();
    if (!is_known) co_return;
    for (const Scope& scope : scopes(settings_)) {
      co_await check_resource_group(scope);
      co_await check_rights(scope);
    }
    // Zones share the quota and the capabilities of their region.
    std::set<std::tuple<std::string, std::string, Priority>> seen{};
    for (const Place& place : places(settings_)) {
      if (!seen.emplace(lower(place.subscription), place.region, place.priority).second) continue;
      co_await check_registration(place, container_groups);
      const bool has_pool{place.priority == Priority::regular &&
                          std::ranges::any_of(wanted_, &Wanted::keeps_warm)};
      if (has_pool) co_await check_registration(place, standby_pools);
      co_await check_place(place);
    }
    co_await check_registries();
  }

  std::vector<Finding> take() { return std::move(findings_); }

 private:
  void note(std::string check, std::string subject, Health health, std::string message,
            std::string advice = {}) {
    findings_.push_back(
        {std::move(check), std::move(subject), health, std::move(message), std::move(advice)});
  }

  /// A failed question is a finding too.
  void note_error(std::string check, std::string subject, const Error& error, Health health) {
    note(std::move(check), std::move(subject), health, to_string(error),
         std::string{advice(error)});
  }

  asio::awaitable<Result<io::HttpResponse>> ask(std::string path, std::string_view version,
                                                std::string what) {
    ArmRequest request{};
    request.path = std::move(path);
    request.api_version = version;
    request.what = std::move(what);
    return with_.arm.send(std::move(request), deadline_);
  }

  asio::awaitable<bool> check_identity() {
    static constexpr std::string_view words[]{"?", "client secret", "client certificate",
                                              "workload identity", "managed identity"};
    const std::string kind{words[static_cast<std::size_t>(chosen_identity(settings_))]};
    const Result<io::Secret> token = co_await with_.tokens.token(deadline_);
    if (token) {
      note("identity", kind, Health::ok, "a token was issued");
      co_return true;
    }
    note_error("identity", kind, token.error(), Health::failure);
    co_return false;
  }

  static std::string subscription_path(const std::string& subscription) {
    return "/subscriptions/" + io::percent_encode(subscription);
  }
  static std::string group_path(const Scope& scope) {
    return subscription_path(scope.subscription) + "/resourceGroups/" +
           io::percent_encode(scope.resource_group);
  }
  /// The resource group's name, with its subscription where that is not the provider's.
  std::string name_of(const Scope& scope) const {
    if (equals_ignoring_case(scope.subscription, settings_.subscription)) {
      return scope.resource_group;
    }
    return scope.subscription + "/" + scope.resource_group;
  }

  asio::awaitable<void> check_resource_group(Scope scope) {
    const Result<io::HttpResponse> answer =
        co_await ask(group_path(scope), resources_version, "reading the resource group");
    if (!answer) {
      note_error("resource group", name_of(scope), answer.error(), Health::failure);
      co_return;
    }
    note("resource group", name_of(scope), Health::ok, "it exists");
    if (std::exchange(is_clock_judged_, true)) co_return;
    const auto date = answer->headers.find("Date");
    const auto theirs = date ? io::parse_http_date(*date) : std::nullopt;
    if (theirs) findings_.push_back(judge_clock(with_.clock.now(), *theirs));
  }

  asio::awaitable<void> check_rights(Scope scope) {
    const Result<io::HttpResponse> answer =
        co_await ask(group_path(scope) + "/providers/Microsoft.Authorization/permissions",
                     permissions_version, "reading our permissions");
    if (!answer) {
      note_error("rights", name_of(scope), answer.error(), Health::warning);
      co_return;
    }
    const auto permissions = parse_permissions(answer->body);
    if (!permissions) {
      note_error("rights", name_of(scope), permissions.error(), Health::warning);
      co_return;
    }
    findings_.push_back(judge_rights(*permissions, needed_actions(wanted_), name_of(scope)));
  }

  asio::awaitable<void> check_registration(Place place, ResourceKind kind) {
    const Result<io::HttpResponse> answer = co_await ask(
        fmt::format("{}/providers/{}", subscription_path(place.subscription), kind.space),
        resources_version, "reading the resource provider");
    if (!answer) {
      note_error("registration", to_string(place), answer.error(), Health::warning);
      co_return;
    }
    Result<Finding> finding{judge_registration(answer->body, place, kind)};
    if (finding) {
      findings_.push_back(std::move(*finding));
    } else {
      note_error("registration", to_string(place), finding.error(), Health::warning);
    }
  }

  asio::awaitable<void> check_place(Place place) {
    const std::string location{subscription_path(place.subscription) +
                               "/providers/Microsoft.ContainerInstance/locations/" +
                               io::percent_encode(region_name(place.region))};
    const Result<io::HttpResponse> can =
        co_await ask(location + "/capabilities", "", "reading capabilities of " + place.region);
    const auto capabilities =
        can ? parse_capabilities(can->body) : Result<std::vector<Capability>>{can.error()};
    if (!capabilities) {
      note_error("capabilities", to_string(place), capabilities.error(), Health::warning);
    }
    const Result<io::HttpResponse> used =
        co_await ask(location + "/usages", "", "reading usages of " + place.region);
    const auto usages = used ? parse_usages(used->body) : Result<std::vector<Usage>>{used.error()};
    if (!usages) note_error("quota", to_string(place), usages.error(), Health::warning);
    for (const Wanted& wanted : wanted_) {
      for (const Wanted& each : of_each_size(wanted)) {
        if (capabilities) findings_.push_back(judge_capabilities(*capabilities, each, place));
        if (!usages) continue;
        for (Finding& finding : judge_usages(*usages, each, place)) {
          findings_.push_back(std::move(finding));
        }
      }
    }
  }

  /// The workload once for each size that may be chosen for it.
  static std::vector<Wanted> of_each_size(const Wanted& wanted) {
    std::vector<Wanted> all{wanted};
    for (const GroupSize& size : wanted.sizes) {
      Wanted other{wanted};
      other.size = size;
      all.push_back(std::move(other));
    }
    return all;
  }

  /// The image of every container: the group starts only if all of them can be pulled.
  static std::vector<std::string> images_of(const ReplicaTemplate& replica) {
    std::vector<std::string> images{replica.image};
    for (const Sidecar& each : replica.sidecars) images.push_back(each.parts.image);
    for (const InitContainer& each : replica.init_containers) images.push_back(each.parts.image);
    return images;
  }

  asio::awaitable<void> check_registries() {
    std::set<std::string> asked{};
    for (const Wanted& wanted : wanted_) {
      for (const std::string& image : images_of(wanted.replica)) {
        if (image.empty() || !asked.insert(image).second) continue;
        co_await check_image(wanted, image);
      }
    }
  }

  asio::awaitable<void> check_image(Wanted wanted, std::string image) {
    const std::optional<ImageName> name{parse_image(image)};
    if (!name) {
      note("registry", wanted.workload, Health::failure, "no image can be named " + image,
           "write REGISTRY/NAME:TAG");
      co_return;
    }
    const RegistryAnswer answer = co_await ask_registry(wanted, *name);
    findings_.push_back(judge_registry(wanted, *name, answer));
  }

  /// The manifest's head, without a login and then with the one that the registry asks for.
  asio::awaitable<RegistryAnswer> ask_registry(Wanted wanted, ImageName name) {
    const io::Deadline limit{
        io::earlier(deadline_, io::deadline_after(with_.clock, std::chrono::seconds{10}))};
    const std::string manifest{manifest_url(name)};
    Result<io::HttpResponse> answer = co_await fetch("HEAD", manifest, io::Secret{}, limit);
    if (!answer) co_return RegistryAnswer{{}, answer.error().context};
    const auto header = answer->headers.find("WWW-Authenticate");
    const auto challenge = header ? parse_challenge(*header) : std::nullopt;
    if (answer->status != 401 || !challenge) co_return RegistryAnswer{answer->status, {}};
    io::Secret login{account_of(wanted, name)};
    if (challenge->is_bearer) {
      const Result<std::string> url{token_url(*challenge, name)};
      if (!url) co_return RegistryAnswer{{}, url.error().context};
      answer = co_await fetch("GET", *url, std::move(login), limit);
      if (!answer) co_return RegistryAnswer{{}, answer.error().context};
      // Who may not pull gets no token, or one that is good for nothing.
      if (answer->status != 200) co_return RegistryAnswer{answer->status, {}};
      const Result<io::Secret> token{parse_registry_token(answer->body)};
      if (!token) co_return RegistryAnswer{{}, token.error().context};
      login = io::Secret{"Bearer " + std::string{token->reveal()}};
    } else if (login.empty()) {
      co_return RegistryAnswer{answer->status, {}};
    }
    answer = co_await fetch("HEAD", manifest, std::move(login), limit);
    if (!answer) co_return RegistryAnswer{{}, answer.error().context};
    co_return RegistryAnswer{answer->status, {}};
  }

  asio::awaitable<Result<io::HttpResponse>> fetch(std::string method, std::string address,
                                                  io::Secret login, io::Deadline limit) {
    const auto url = io::parse_url(address);
    if (!url) co_return url.error();
    io::HttpRequest request{};
    request.method = std::move(method);
    request.url = *url;
    request.response_limit = registry_answer_bytes;
    // Whatever kind of manifest it is: an index of platforms, an OCI or a Docker one.
    request.headers.set("Accept",
                        "application/vnd.oci.image.index.v1+json, "
                        "application/vnd.docker.distribution.manifest.list.v2+json, "
                        "application/vnd.oci.image.manifest.v1+json, "
                        "application/vnd.docker.distribution.manifest.v2+json, application/json");
    if (!login.empty()) request.headers.set("Authorization", std::string{login.reveal()});
    co_return co_await with_.http.send(std::move(request), limit);
  }

  Instruments with_;
  AciSettings settings_;
  std::vector<Wanted> wanted_;
  io::Deadline deadline_;
  std::vector<Finding> findings_{};
  bool is_clock_judged_{false};
};

}  // namespace

asio::awaitable<std::vector<Finding>> examine(Instruments instruments, AciSettings settings,
                                              std::vector<Wanted> wanted, io::Deadline deadline) {
  Examination examination{instruments, std::move(settings), std::move(wanted), deadline};
  co_await examination.run();
  co_return examination.take();
}

}  // namespace spillway::aci
