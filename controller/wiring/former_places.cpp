#include "controller/wiring/former_places.hpp"

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "controller/io/deadline.hpp"
#include "controller/io/log.hpp"
#include "controller/provider/aci/former_scopes.hpp"
#include "controller/wiring/make_workload.hpp"

namespace asio = boost::asio;

namespace spillway::wiring {
namespace {

constexpr const char* places_key{"places"};
/// As often as pools are swept in mode `act`.
constexpr Duration look_every{std::chrono::minutes{10}};
constexpr Duration look_timeout{std::chrono::minutes{2}};

Result<std::vector<aci::Scope>> used_scopes(Store& store) {
  const auto kept{store.kept(places_key)};
  if (!kept) return with_context("reading the resource groups in use", kept.error());
  if (!*kept) return std::vector<aci::Scope>{};
  return aci::scopes_from_text((*kept)->text);
}

/// Writes only what is new: a restart with a full disk must not fail for it.
Result<void> keep_scopes(Store& store, std::vector<aci::Scope> scopes,
                         const std::vector<aci::Scope>& former, TimePoint now) {
  scopes.insert(scopes.end(), former.begin(), former.end());
  const std::string text{aci::to_text(scopes)};
  const auto before{store.kept(places_key)};
  if (before && *before && (*before)->text == text) return {};
  StateBatch batch{};
  batch.kept.push_back({.key = places_key, .text = text, .at = now});
  return store.write(batch);
}

void tell_former(const aci::Scope& scope) {
  io::log_event(io::LogLevel::warning, "FormerResourceGroup",
                {{"subscription", scope.subscription},
                 {"resource_group", scope.resource_group},
                 {"effect", std::string_view{"it is not in the config any more: our groups there "
                                             "go on and are removed as elsewhere, our standby "
                                             "pools there are removed, nothing is created there, "
                                             "and it is forgotten once nothing of ours is left"}}});
}

void tell_forgotten(const aci::Scope& scope) {
  io::log_event(io::LogLevel::info, "FormerResourceGroupForgotten",
                {{"subscription", scope.subscription}, {"resource_group", scope.resource_group}});
}

constexpr const char* denied_advice{
    "give this identity its role there back until nothing of ours is left, or remove what carries "
    "our tags by hand and then the resource group"};

void tell_denied(const aci::Scope& scope, const Error& error) {
  io::log_event(io::LogLevel::warning, "FormerResourceGroupDenied",
                {{"subscription", scope.subscription},
                 {"resource_group", scope.resource_group},
                 {"error", error},
                 {"effect", std::string_view{"what is ours there may run and cost money unseen; it "
                                             "is asked for less and less often, once an hour in "
                                             "the end, and after a reload"}},
                 {"advice", std::string_view{denied_advice}}});
}

Finding judge_former(const aci::FormerScopes::Account& account) {
  Finding finding{.check = "former places"};
  finding.subject =
      fmt::format("{} of {}", account.scope.resource_group, account.scope.subscription);
  if (account.trouble) {
    finding.health = Health::failure;
    finding.message = "not in the config any more, and what is ours there cannot be seen: " +
                      to_string(*account.trouble);
    finding.advice = account.trouble->code == Errc::denied ? denied_advice : "";
  } else if (account.holds_something) {
    finding.health = Health::warning;
    finding.message = "not in the config any more, and groups or standby pools of ours are there";
    finding.advice =
        "in mode act the controller removes them; without one `spillway sweep` does, as far as no "
        "record knows them";
  } else {
    finding.message = "not in the config any more, and nothing of ours is there";
  }
  return finding;
}

}  // namespace

Result<void> look_in_former_places(Provider& provider, const settings::Config& config,
                                   Store& store) {
  aci::FormerScopes* const former{former_scopes(provider)};
  if (!former) return {};
  const auto used{used_scopes(store)};
  if (!used) return used.error();
  former->look_in(aci::not_among(*used, aci::scopes(aci_settings(config))));
  return {};
}

Result<void> follow_places(Provider& provider, const settings::Config& config, Store& store,
                           TimePoint now) {
  aci::FormerScopes* const former{former_scopes(provider)};
  if (!former) return {};
  const std::vector<aci::Scope> current{aci::scopes(aci_settings(config))};
  const auto used{used_scopes(store)};
  if (!used) return used.error();
  const std::vector<aci::Scope> left{aci::not_among(*used, current)};
  if (const auto kept{keep_scopes(store, current, left, now)}; !kept) return kept.error();
  for (const aci::Scope& scope : left) tell_former(scope);
  const auto forget{[former, current, &store, now](const aci::Scope& scope) {
    tell_forgotten(scope);
    // If it cannot be written now, the next start looks once more and finds it empty again.
    const auto kept{keep_scopes(store, current, former->all(), now)};
    static_cast<void>(kept);
  }};
  former->look_in(left, {.on_forgotten = forget, .on_denied = tell_denied});
  return {};
}

asio::awaitable<void> watch_former_places(Provider& provider, io::Clock& clock) {
  const aci::FormerScopes* const former{former_scopes(provider)};
  while (former != nullptr && !former->all().empty()) {
    co_await look_around(provider, io::deadline_after(clock, look_timeout));
    const Result<void> slept = co_await clock.sleep_until(clock.now() + look_every);
    if (!slept) co_return;
  }
}

asio::awaitable<std::vector<Finding>> examine_former_places(Provider& provider,
                                                            const settings::Config& config,
                                                            Store& store, io::Deadline deadline) {
  std::vector<Finding> findings{};
  if (const auto looks{look_in_former_places(provider, config, store)}; !looks) {
    Finding unread{.check = "former places", .subject = config.state.directory};
    unread.health = Health::failure;
    unread.message = to_string(looks.error());
    findings.push_back(std::move(unread));
    co_return findings;
  }
  const aci::FormerScopes* const former{former_scopes(provider)};
  if (former == nullptr || former->all().empty()) co_return findings;
  co_await look_around(provider, deadline);
  for (const aci::FormerScopes::Account& account : former->accounts()) {
    findings.push_back(judge_former(account));
  }
  co_return findings;
}

}  // namespace spillway::wiring
