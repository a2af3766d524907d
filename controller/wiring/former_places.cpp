#include "controller/wiring/former_places.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "controller/io/log.hpp"
#include "controller/provider/aci/former_scopes.hpp"
#include "controller/wiring/make_workload.hpp"

namespace spillway::wiring {
namespace {

constexpr const char* places_key{"places"};

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
  former->look_in(left, [former, current, &store, now](const aci::Scope& scope) {
    tell_forgotten(scope);
    // If it cannot be written now, the next start looks once more and finds it empty again.
    const auto kept{keep_scopes(store, current, former->all(), now)};
    static_cast<void>(kept);
  });
  return {};
}

}  // namespace spillway::wiring
