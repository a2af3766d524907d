#include "controller/kubernetes/pod_volumes.hpp"

#include <fmt/format.h>

#include <utility>

namespace spillway::kubernetes {

namespace {

using Object = boost::json::object;
using Kind = Reference::Kind;

constexpr std::size_t azure_name_min{5};
constexpr std::size_t azure_name_max{63};

}  // namespace

std::string azure_volume_name(const std::string& name) {
  if (name.size() >= azure_name_min) return name;
  return ("vol-" + name).substr(0, azure_name_max);
}

PodVolumes::PodVolumes(FieldReader& fields, const Object* pod_spec,
                       const ReferencedData& referenced, const std::vector<std::string>& claims)
    : fields_{fields}, referenced_{referenced} {
  for (const Object* const volume : fields_.objects(pod_spec, "volumes")) {
    known_.insert_or_assign(fields_.text(volume, "name"), read(volume));
  }
  for (const std::string& claim : claims) {
    Known known{};
    known.why_not = "a StatefulSet's volume claim belongs to one pod of the cluster";
    known_.insert_or_assign(claim, std::move(known));
  }
}

std::vector<Mount> PodVolumes::mounts_of(const Object& container, Remarks& remarks) {
  const std::string name{fields_.text(&container, "name")};
  std::vector<Mount> mounts{};
  for (const Object* const mount : fields_.objects(&container, "volumeMounts")) {
    const std::string volume{fields_.text(mount, "name")};
    const std::string path{fields_.text(mount, "mountPath")};
    const auto found = known_.find(volume);
    if (found == known_.end() || found->second.is_token) continue;
    std::string why_not{found->second.why_not};
    if (!fields_.text(mount, "subPath").empty() || !fields_.text(mount, "subPathExpr").empty()) {
      why_not = "a container group mounts whole volumes, no subPath";
    }
    if (path.find(':') != std::string::npos) why_not = "Azure allows no colon in a path";
    if (!why_not.empty()) {
      remarks.block(fmt::format("container {}: volume {} at {}: {}", name, volume, path, why_not));
      continue;
    }
    const std::string azure{azure_volume_name(volume)};
    used_.insert_or_assign(azure, found->second.volume);
    mounts.push_back(
        {.volume = azure, .path = path, .is_read_only = fields_.flag(mount, "readOnly")});
  }
  return mounts;
}

PodVolumes::Known PodVolumes::read(const Object* volume) {
  Known known{};
  SecretVolume files{};
  if (const Object* const secret{fields_.object(volume, "secret")}) {
    const Reference reference{Kind::secret, fields_.text(secret, "secretName")};
    known.why_not = add_files(reference, secret, files.files);
    known.volume.kind = std::move(files);
  } else if (const Object* const config{fields_.object(volume, "configMap")}) {
    const Reference reference{Kind::config_map, fields_.text(config, "name")};
    known.why_not = add_files(reference, config, files.files);
    known.volume.kind = std::move(files);
  } else if (const Object* const projected{fields_.object(volume, "projected")}) {
    known = read_projected(projected);
  } else if (const Object* const share{fields_.object(volume, "azureFile")}) {
    known = read_share(fields_.text(share, "secretName"), fields_.text(share, "shareName"),
                       fields_.flag(share, "readOnly"));
  } else if (const Object* const csi{fields_.object(volume, "csi")}) {
    const Object* const attributes{fields_.object(csi, "volumeAttributes")};
    known = read_share(fields_.text(attributes, "secretName"),
                       fields_.text(attributes, "shareName"), fields_.flag(csi, "readOnly"));
    if (fields_.text(csi, "driver") != "file.csi.azure.com") {
      known.why_not =
          fmt::format("a container group has no CSI driver {}", fields_.text(csi, "driver"));
    }
  } else if (fields_.object(volume, "emptyDir") == nullptr) {
    // The only field beside the name says what kind it is.
    std::string kind{"its kind"};
    for (const auto& entry : *volume) {
      if (entry.key() != "name") kind = std::string{entry.key()};
    }
    known.why_not = kind + " is not to be had in a container group";
  }
  return known;
}

PodVolumes::Known PodVolumes::read_projected(const Object* projected) {
  Known known{};
  SecretVolume files{};
  for (const Object* const source : fields_.objects(projected, "sources")) {
    if (const Object* const secret{fields_.object(source, "secret")}) {
      const Reference reference{Kind::secret, fields_.text(secret, "name")};
      known.why_not += add_files(reference, secret, files.files);
    } else if (const Object* const config{fields_.object(source, "configMap")}) {
      const Reference reference{Kind::config_map, fields_.text(config, "name")};
      known.why_not += add_files(reference, config, files.files);
    } else if (fields_.object(source, "serviceAccountToken") != nullptr) {
      known.is_token = true;  // as the admission adds it to every pod
    } else if (!known.is_token) {
      known.why_not = "it projects what only a node knows";
    }
  }
  if (known.is_token) known.why_not.clear();
  known.volume.kind = std::move(files);
  return known;
}

PodVolumes::Known PodVolumes::read_share(const std::string& secret, const std::string& share,
                                         bool is_read_only) {
  Known known{};
  AzureFileVolume azure{.share = share, .is_read_only = is_read_only};
  const Reference reference{Kind::secret, secret};
  const auto found = referenced_.find(reference);
  if (found == referenced_.end() || !found->second.why_not.empty()) {
    known.why_not = fmt::format("{}: {}", to_string(reference),
                                found == referenced_.end() ? "not read" : found->second.why_not);
    return known;
  }
  const auto value_of = [&](const std::string& key) {
    const auto value = found->second.data.find(key);
    return value == found->second.data.end() ? std::string{} : value->second;
  };
  azure.account = value_of("azurestorageaccountname");
  azure.key = value_of("azurestorageaccountkey");
  if (azure.account.empty() || azure.key.empty()) {
    known.why_not =
        to_string(reference) + " has no azurestorageaccountname and azurestorageaccountkey";
  }
  known.volume.kind = std::move(azure);
  return known;
}

/// Adds the keys of a ConfigMap or Secret as files: all, or those that `items` names. Returns why
/// it cannot be had, or nothing.
std::string PodVolumes::add_files(Reference reference, const Object* source,
                                  std::map<std::string, std::string>& files) {
  const bool is_optional{fields_.flag(source, "optional")};
  const auto found = referenced_.find(reference);
  if (found == referenced_.end() || !found->second.why_not.empty()) {
    if (is_optional) return {};
    return fmt::format("{}: {}", to_string(reference),
                       found == referenced_.end() ? "not read" : found->second.why_not);
  }
  const auto items = fields_.objects(source, "items");
  if (items.empty()) {
    for (const auto& [name, content] : found->second.data) files.insert_or_assign(name, content);
    return {};
  }
  for (const Object* const item : items) {
    const std::string key{fields_.text(item, "key")};
    const std::string path{fields_.text(item, "path")};
    const auto content = found->second.data.find(key);
    if (content == found->second.data.end()) {
      if (is_optional) continue;
      return fmt::format("{} has no key {}", to_string(reference), key);
    }
    if (path.find('/') != std::string::npos) {
      return fmt::format(
          "the file {} lies in a folder, which a container group's volume of files "
          "cannot have",
          path);
    }
    files.insert_or_assign(path, content->second);
  }
  return {};
}

}  // namespace spillway::kubernetes
