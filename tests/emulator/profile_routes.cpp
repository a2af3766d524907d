// Container group profiles over HTTP: create, read, list, tag, delete, and their revisions.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "tests/emulator/container_groups.hpp"
#include "tests/emulator/naming.hpp"
#include "tests/emulator/paging.hpp"
#include "tests/emulator/profiles.hpp"

namespace spillway::emulator {
namespace profile_calls {
namespace {

namespace json = boost::json;

/// The profile of the call, or the error to answer.
Outcome<Profile*> called_profile(const Call& call) {
  if (auto error{missing_resource_group(call)}) return *std::move(error);
  const ResourceName name{called_resource(call, profile_type)};
  const auto found{call.world.profiles.find(name.key())};
  if (found == call.world.profiles.end()) return resource_not_found(name);
  return &found->second;
}

Response show(unsigned status, const Profile& profile) {
  return json_response(status, show_profile(profile, profile.newest()));
}

Response put_profile(const Call& call) {
  if (auto error{missing_resource_group(call)}) return to_response(*error);
  const ResourceName name{called_resource(call, profile_type)};
  if (!is_profile_name(name.name)) {
    return to_response(bad_request("InvalidContainerGroupProfileName",
                                   fmt::format("The name '{}' must be 1 to 63 letters, digits, "
                                               "hyphens and underscores, a letter or digit at "
                                               "both ends.",
                                               name.name),
                                   "containerGroupProfileName"));
  }
  const auto body{read_body(call)};
  if (!body) return to_response(body.error());
  auto revision{read_profile(*body, call.world.options)};
  if (!revision) return to_response(revision.error());
  json::object tags;
  if (const json::value * sent{body->get_object().if_contains("tags")}; sent && sent->is_object()) {
    tags = sent->get_object();
  }
  const auto [entry, is_new]{call.world.profiles.try_emplace(name.key(), Profile{.name = name})};
  Profile& profile{entry->second};
  profile.tags = std::move(tags);
  if (is_new) {
    profile.revisions[1] = *std::move(revision);
  } else if (profile.revisions.rbegin()->second.raw.at("properties") !=
             revision->raw.at("properties")) {
    profile.revisions[profile.newest() + 1] = *std::move(revision);
  }
  return show(is_new ? 201 : 200, profile);
}

Response get_profile(const Call& call) {
  const auto profile{called_profile(call)};
  return profile ? show(200, **profile) : to_response(profile.error());
}

Response patch_profile(const Call& call) {
  const auto profile{called_profile(call)};
  if (!profile) return to_response(profile.error());
  const auto body{read_body(call)};
  if (!body) return to_response(body.error());
  auto tags{patched_tags(*body)};
  if (!tags) return to_response(tags.error());
  if (*tags) (*profile)->tags = **std::move(tags);
  return show(200, **profile);
}

Response delete_profile(const Call& call) {
  if (auto error{missing_resource_group(call)}) return to_response(*error);
  const std::string key{called_resource(call, profile_type).key()};
  const bool is_used{std::ranges::any_of(
      call.world.standby_pools, [&](const auto& entry) { return entry.second.profile == key; })};
  const auto found{call.world.profiles.find(key)};
  const bool is_released{found == call.world.profiles.end() ||
                         found->second.in_use_until <= call.world.now()};
  if (is_used || !is_released) {
    return to_response(conflict("ContainerGroupProfileInUse",
                                "The container group profile is used by a standby pool and cannot "
                                "be deleted."));
  }
  const bool existed{call.world.profiles.erase(key) > 0};
  return empty_response(existed ? 200 : 204);
}

Response list(const Call& call, const std::string& prefix) {
  std::vector<Page::Row> rows;
  for (const auto& [key, profile] : call.world.profiles) {
    if (!key.starts_with(prefix)) continue;
    rows.push_back({.key = key, .show = [&shown = profile] {
                      return json::value(show_profile(shown, shown.newest()));
                    }});
  }
  return paged(call, rows);
}

Response list_in_subscription(const Call& call) {
  return list(call, subscription_prefix(call.capture("subscription")));
}

Response list_in_resource_group(const Call& call) {
  if (auto error{missing_resource_group(call)}) return to_response(*error);
  return list(call,
              resource_group_prefix(call.capture("subscription"), call.capture("resourceGroup")));
}

Response list_revisions(const Call& call) {
  const auto profile{called_profile(call)};
  if (!profile) return to_response(profile.error());
  std::vector<Page::Row> rows;
  for (const auto& [number, revision] : (*profile)->revisions) {
    rows.push_back(
        {.key = fmt::format("{:08}", number), .show = [shown = *profile, number = number] {
           return json::value(show_profile(*shown, number));
         }});
  }
  return paged(call, rows);
}

Response get_revision(const Call& call) {
  const auto profile{called_profile(call)};
  if (!profile) return to_response(profile.error());
  const std::string& text{call.capture("revision")};
  int number{0};
  std::from_chars(text.data(), text.data() + text.size(), number);
  if (!(*profile)->revisions.contains(number)) {
    return to_response(
        not_found("ContainerGroupProfileRevisionNotFound",
                  fmt::format("The container group profile '{}' has no revision '{}'.",
                              (*profile)->name.name, text)));
  }
  return json_response(200, show_profile(**profile, number));
}

#define SPILLWAY_PROFILES                                        \
  "/subscriptions/{subscription}/resourceGroups/{resourceGroup}" \
  "/providers/Microsoft.ContainerInstance/containerGroupProfiles"

constexpr auto aci{Versions::container_instance};
constexpr std::array routes{
    Route{"PUT", SPILLWAY_PROFILES "/{name}", "CGProfile_CreateOrUpdate", aci, put_profile},
    Route{"GET", SPILLWAY_PROFILES "/{name}", "CGProfile_Get", aci, get_profile},
    Route{"PATCH", SPILLWAY_PROFILES "/{name}", "CGProfile_Update", aci, patch_profile},
    Route{"DELETE", SPILLWAY_PROFILES "/{name}", "CGProfile_Delete", aci, delete_profile},
    Route{"GET", SPILLWAY_PROFILES "/{name}/revisions", "CGProfile_ListAllRevisions", aci,
          list_revisions},
    Route{"GET", SPILLWAY_PROFILES "/{name}/revisions/{revision}", "CGProfile_GetByRevisionNumber",
          aci, get_revision},
    Route{"GET", SPILLWAY_PROFILES, "CGProfiles_ListByResourceGroup", aci, list_in_resource_group},
    Route{"GET",
          "/subscriptions/{subscription}/providers/Microsoft.ContainerInstance"
          "/containerGroupProfiles",
          "CGProfiles_ListBySubscription", aci, list_in_subscription},
};

}  // namespace
}  // namespace profile_calls

std::span<const Route> profile_routes() {
  return profile_calls::routes;
}

}  // namespace spillway::emulator
