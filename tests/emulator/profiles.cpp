#include "tests/emulator/profiles.hpp"

#include <fmt/format.h>

#include "tests/emulator/group_json.hpp"
#include "tests/emulator/json_at.hpp"
#include "tests/emulator/shape.hpp"
#include "tests/emulator/text.hpp"
#include "tests/emulator/validation.hpp"

namespace spillway::emulator {
namespace {

namespace json = boost::json;

/// Adds the members of `from` that `into` does not have.
void fill_in(json::object& into, const json::object& from) {
  for (const auto& [key, value] : from) {
    if (!into.contains(key)) into[key] = value;
  }
}

json::object* named_container(json::array& containers, const std::string& name) {
  for (json::value& container : containers) {
    json::object* const fields{container.if_object()};
    if (fields != nullptr && text_at(*fields, "name") == name) return fields;
  }
  return nullptr;
}

/// The profile's containers; where the request has one of the same name, its words win.
json::array merged_containers(const json::array& of_profile, const json::array& of_request) {
  json::array merged(of_request);
  for (const json::value& container : of_profile) {
    if (!container.is_object()) continue;
    const json::object& fields{container.get_object()};
    json::object* const same{named_container(merged, text_at(fields, "name"))};
    if (same == nullptr) {
      merged.push_back(container);
      continue;
    }
    json::value& properties{(*same)["properties"]};
    if (!properties.is_object()) properties = json::object{};
    fill_in(properties.get_object(), object_at(fields, "properties"));
  }
  return merged;
}

}  // namespace

Outcome<Profile::Revision> read_profile(const json::value& body, const EmulatorOptions& options) {
  auto conformed{conform(body, container_group_profile_shape(), "")};
  if (!conformed) return conformed.error();
  // A profile must describe a group that could be created: the same rules, under a name that
  // passes.
  auto group{read_group(body)};
  if (!group) return group.error();
  group->name = "profile";
  if (auto error{validate_group(*group, options)}) return *std::move(error);
  Profile::Revision revision{.raw = body.get_object(), .shown = group->definition};
  const json::object& properties{object_at(conformed->get_object(), "properties")};
  fill_in(revision.shown.at("properties").as_object(), properties);
  json::object& shown{revision.shown.at("properties").as_object()};
  for (const auto key : {"containerGroupProfile", "standbyPoolProfile", "subnetIds", "dnsConfig"}) {
    shown.erase(key);
  }
  revision.shown.erase("tags");
  revision.shown.erase("identity");
  return revision;
}

json::object show_profile(const Profile& profile, int number) {
  json::object shown{
      {"id", profile.name.id()}, {"name", profile.name.name}, {"type", profile_type}};
  for (const auto& [key, value] : profile.revisions.at(number).shown) shown[key] = value;
  shown["tags"] = profile.tags;
  json::object& properties{shown.at("properties").as_object()};
  properties["revision"] = number;
  json::array registered;
  for (const auto& [known, revision] : profile.revisions) registered.push_back(known);
  properties["registeredRevisions"] = std::move(registered);
  return shown;
}

Outcome<json::value> with_profile(const json::value& body, const Profiles& profiles) {
  const json::object& request{body.get_object()};
  const std::string id{text_at(request, "properties/containerGroupProfile/id")};
  if (id.empty()) return body;
  const auto found{profiles.find(lower_text(id))};
  if (found == profiles.end()) {
    return bad_request("ContainerGroupProfileNotFound",
                       fmt::format("The container group profile '{}' was not found.", id),
                       "properties.containerGroupProfile.id");
  }
  const Profile& profile{found->second};
  const int number{static_cast<int>(
      number_at(request, "properties/containerGroupProfile/revision").value_or(profile.newest()))};
  const auto revision{profile.revisions.find(number)};
  if (revision == profile.revisions.end()) {
    return bad_request(
        "ContainerGroupProfileRevisionNotFound",
        fmt::format("The container group profile '{}' has no revision {}.", id, number),
        "properties.containerGroupProfile.revision");
  }
  const json::object& raw{revision->second.raw};
  json::object merged{request};
  for (const auto key : {"location", "zones"}) {
    if (!merged.contains(key) && raw.contains(key)) merged[key] = raw.at(key);
  }
  json::object& properties{merged.at("properties").as_object()};
  // In braces g++ makes an array of one array.
  json::array containers = merged_containers(array_at(raw, "properties/containers"),
                                             array_at(request, "properties/containers"));
  fill_in(properties, object_at(raw, "properties"));
  for (const auto key : {"shutdownGracePeriod", "timeToLive", "securityContext", "useKrypton",
                         "revision", "registeredRevisions"}) {
    properties.erase(key);
  }
  properties["containers"] = std::move(containers);
  properties["containerGroupProfile"] = {{"id", id}, {"revision", number}};
  return json::value(std::move(merged));
}

}  // namespace spillway::emulator
