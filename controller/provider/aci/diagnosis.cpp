#include "controller/provider/aci/diagnosis.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "controller/provider/aci/json_fields.hpp"
#include "controller/provider/aci/text.hpp"

namespace spillway::aci {

namespace json = boost::json;

namespace {

constexpr Duration skew_refused{std::chrono::minutes{5}};
constexpr Duration skew_noticed{std::chrono::seconds{30}};
constexpr double size_rounding{1e-9};

/// The objects in `value`, or the mistake.
template <class Row, class Read>
Result<std::vector<Row>> read_rows(std::string_view what, std::string_view body, Read read) {
  const auto document = parse_object(body);
  if (!document) return with_context(what, document.error());
  FieldReader fields{};
  std::vector<Row> rows{};
  const auto* value = fields.array(*document, "value");
  if (value == nullptr) fields.expected("a list", "value");
  if (fields.mistake()) return with_context(what, *fields.mistake());
  for (const json::value& element : *value) {
    const auto* object = fields.element(element, "value");
    if (object == nullptr) break;
    rows.push_back(read(fields, *object));
  }
  if (fields.mistake()) return with_context(what, *fields.mistake());
  return rows;
}

std::vector<std::string> texts_in(FieldReader& fields, const json::object& object,
                                  std::string_view key) {
  std::vector<std::string> found{};
  const auto* list = fields.array(object, key);
  if (list == nullptr) return found;
  for (const json::value& each : *list) {
    if (each.is_string()) {
      found.emplace_back(each.get_string());
    } else {
      fields.expected("a list of texts", key);
    }
  }
  return found;
}

/// `*` matches any text, also none; case does not count.
bool matches(std::string_view pattern, std::string_view text) {
  std::size_t p{0};
  std::size_t t{0};
  std::optional<std::pair<std::size_t, std::size_t>> retry{};
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      retry = {++p, t};
    } else if (p < pattern.size() &&
               equals_ignoring_case(pattern.substr(p, 1), text.substr(t, 1))) {
      ++p;
      ++t;
    } else if (retry) {
      p = retry->first;
      t = ++retry->second;
    } else {
      return false;
    }
  }
  return std::all_of(pattern.begin() + static_cast<std::ptrdiff_t>(p), pattern.end(),
                     [](char c) { return c == '*'; });
}

std::string subject_of(const Wanted& wanted, const Place& place) {
  return fmt::format("{} in {}", wanted.workload, to_string(place));
}

}  // namespace

Finding judge_clock(TimePoint ours, TimePoint theirs) {
  const Duration skew{ours - theirs};
  const Duration size{skew < Duration::zero() ? -skew : skew};
  Finding finding{.check = "clock", .subject = "this machine"};
  finding.message = fmt::format("{:.0f} s {} Azure's clock", seconds(size),
                                skew < Duration::zero() ? "behind" : "ahead of");
  if (size < skew_noticed) return finding;
  finding.health = size < skew_refused ? Health::warning : Health::failure;
  finding.advice = "set the clock by NTP: from five minutes on logins are refused";
  return finding;
}

Result<std::vector<Capability>> parse_capabilities(std::string_view body) {
  return read_rows<Capability>(
      "capabilities", body, [](FieldReader& fields, const json::object& row) {
        Capability made{};
        made.os = fields.text(row, "osType");
        made.address = fields.text(row, "ipAddressType");
        made.gpu = fields.text(row, "gpu");
        if (const auto* limits = fields.object(row, "capabilities")) {
          made.vcpu_max = fields.number(*limits, "maxCpu").value_or(0.0);
          made.memory_gb_max = fields.number(*limits, "maxMemoryInGB").value_or(0.0);
        }
        return made;
      });
}

Finding judge_capabilities(const std::vector<Capability>& rows, const Wanted& wanted,
                           const Place& place) {
  Finding finding{.check = "capabilities", .subject = subject_of(wanted, place)};
  const std::string_view address{wanted.replica.subnet_id.empty() ? "Public" : "Private"};
  const Capability* widest{nullptr};
  for (const Capability& row : rows) {
    const bool has_gpu{!row.gpu.empty() && !equals_ignoring_case(row.gpu, "None")};
    if (!equals_ignoring_case(row.os, "Linux") || has_gpu) continue;
    // Not every region tells rows by address.
    if (!row.address.empty() && !equals_ignoring_case(row.address, address)) continue;
    if (widest == nullptr || row.vcpu_max > widest->vcpu_max) widest = &row;
  }
  if (widest == nullptr) {
    finding.health = Health::failure;
    finding.message = fmt::format("no Linux groups with a {} address here", lower(address));
    finding.advice = "choose another region";
    return finding;
  }
  finding.message =
      fmt::format("up to {:g} vCPU and {:g} GB, wanted {:g} and {:g}", widest->vcpu_max,
                  widest->memory_gb_max, wanted.size.vcpu, wanted.size.memory_gb);
  const bool fits{wanted.size.vcpu <= widest->vcpu_max + size_rounding &&
                  wanted.size.memory_gb <= widest->memory_gb_max + size_rounding};
  if (fits) return finding;
  finding.health = Health::failure;
  finding.advice = "make the group smaller, or choose another region";
  return finding;
}

std::string_view cores_row(const ReplicaTemplate& replica, const Place& place) {
  if (place.priority == Priority::spot) return "StandardSpotCores";
  return replica.sku == GroupSku::confidential ? "ConfidentialCores" : "StandardCores";
}

std::vector<Finding> judge_usages(const std::vector<Usage>& rows, const Wanted& wanted,
                                  const Place& place) {
  std::vector<Finding> findings{};
  const std::string_view cores{cores_row(wanted.replica, place)};
  for (const Usage& row : rows) {
    const bool is_cores{equals_ignoring_case(row.name, cores)};
    const bool is_groups{equals_ignoring_case(row.name, "ContainerGroups") ||
                         equals_ignoring_case(row.name, "StandardContainerGroups")};
    if (!is_cores && !is_groups) continue;
    const double each{is_cores ? std::ceil(std::max(1.0, wanted.size.vcpu) - size_rounding) : 1.0};
    const int left{std::max(0, row.limit - row.used)};
    const int fit{static_cast<int>(left / each)};
    Finding finding{.check = "quota", .subject = subject_of(wanted, place)};
    finding.message = fmt::format("{}: {} of {} used, room for {} group{}", row.name, row.used,
                                  row.limit, fit, fit == 1 ? "" : "s");
    if (row.limit == 0) {
      finding.health = Health::failure;
      finding.advice = "the limit is 0: ask Azure's support for a quota in this region";
    } else if (fit == 0) {
      finding.health = Health::failure;
      finding.advice = "wait until usage falls, or ask Azure's support for more";
    } else if (wanted.groups_max > 0 && fit < wanted.groups_max) {
      finding.health = Health::warning;
      finding.advice = fmt::format(
          "the workload may want {} groups: ask Azure's support for more, or lower "
          "limits.max_burst",
          wanted.groups_max);
    }
    findings.push_back(std::move(finding));
  }
  if (findings.empty()) {
    findings.push_back({.check = "quota",
                        .subject = subject_of(wanted, place),
                        .health = Health::warning,
                        .message = "Azure tells no quota of groups or cores here",
                        .advice = "look it up in the portal"});
  }
  return findings;
}

Result<std::vector<Permission>> parse_permissions(std::string_view body) {
  return read_rows<Permission>("permissions", body,
                               [](FieldReader& fields, const json::object& row) {
                                 Permission made{};
                                 made.actions = texts_in(fields, row, "actions");
                                 made.not_actions = texts_in(fields, row, "notActions");
                                 return made;
                               });
}

bool allows(const std::vector<Permission>& permissions, std::string_view action) {
  const auto covers = [&](const std::vector<std::string>& patterns) {
    return std::any_of(patterns.begin(), patterns.end(),
                       [&](const std::string& pattern) { return matches(pattern, action); });
  };
  return std::any_of(permissions.begin(), permissions.end(), [&](const Permission& each) {
    return covers(each.actions) && !covers(each.not_actions);
  });
}

std::vector<std::string> needed_actions(const std::vector<Wanted>& wanted) {
  std::vector<std::string> needed{
      "Microsoft.ContainerInstance/containerGroups/read",
      "Microsoft.ContainerInstance/containerGroups/write",
      "Microsoft.ContainerInstance/containerGroups/delete",
      "Microsoft.ContainerInstance/containerGroups/containers/logs/read"};
  const auto any = [&](auto&& has) { return std::any_of(wanted.begin(), wanted.end(), has); };
  if (any([](const Wanted& each) { return !each.replica.subnet_id.empty(); })) {
    needed.emplace_back("Microsoft.Network/virtualNetworks/subnets/join/action");
  }
  const auto has_identity = [](const Wanted& each) {
    return !each.replica.identities.empty() || !each.replica.registry_identity.empty();
  };
  if (any(has_identity)) {
    needed.emplace_back("Microsoft.ManagedIdentity/userAssignedIdentities/assign/action");
  }
  if (any([](const Wanted& each) { return each.keeps_warm; })) {
    for (const char* type : {"Microsoft.ContainerInstance/containerGroupProfiles",
                             "Microsoft.StandbyPool/standbyContainerGroupPools"}) {
      for (const char* verb : {"read", "write", "delete"}) {
        needed.push_back(fmt::format("{}/{}", type, verb));
      }
    }
    needed.emplace_back("Microsoft.StandbyPool/standbyContainerGroupPools/runtimeViews/read");
  }
  return needed;
}

Finding judge_rights(const std::vector<Permission>& permissions,
                     const std::vector<std::string>& needed, std::string subject) {
  std::vector<std::string_view> missing{};
  for (const std::string& action : needed) {
    if (!allows(permissions, action)) missing.emplace_back(action);
  }
  Finding finding{.check = "rights", .subject = std::move(subject)};
  if (missing.empty()) {
    finding.message = fmt::format("all {} actions are allowed", needed.size());
    return finding;
  }
  // A subnet or an identity may be in another resource group, with rights of its own.
  const bool is_elsewhere{std::all_of(missing.begin(), missing.end(), [](std::string_view action) {
    return !action.starts_with("Microsoft.ContainerInstance/") &&
           !action.starts_with("Microsoft.StandbyPool/");
  })};
  finding.health = is_elsewhere ? Health::warning : Health::failure;
  finding.message = fmt::format("not allowed here: {}", fmt::join(missing, ", "));
  finding.advice = is_elsewhere ? "make sure that they are allowed where the resource is"
                                : "assign Contributor on the resource group to the identity";
  return finding;
}

Result<Finding> judge_registration(std::string_view body, const Place& place,
                                   const ResourceKind& kind) {
  const auto document = parse_object(body);
  if (!document) return with_context("resource provider", document.error());
  FieldReader fields{};
  Finding finding{.check = "registration", .subject = to_string(place)};
  const std::string state{fields.text(*document, "registrationState")};
  bool is_offered{false};
  bool has_regions{false};
  if (const auto* types = fields.array(*document, "resourceTypes")) {
    for (const json::value& element : *types) {
      const auto* type = fields.element(element, "resourceTypes");
      if (type == nullptr) break;
      if (!equals_ignoring_case(fields.text(*type, "resourceType"), kind.type)) continue;
      for (const std::string& region : texts_in(fields, *type, "locations")) {
        has_regions = true;
        if (region_name(region) == region_name(place.region)) is_offered = true;
      }
    }
  }
  if (fields.mistake()) return with_context("resource provider", *fields.mistake());
  finding.message = fmt::format("{} is registered", kind.space);
  if (!equals_ignoring_case(state, "Registered")) {
    finding.health = Health::failure;
    finding.message = fmt::format("{} is {}", kind.space, state.empty() ? "?" : state);
    finding.advice = fmt::format(
        "run: az provider register --namespace {}; it takes up to half an hour", kind.space);
  } else if (has_regions && !is_offered) {
    finding.health = Health::failure;
    finding.message = fmt::format("there are no {} in {}", kind.type, place.region);
    finding.advice = "choose another region";
  }
  return finding;
}

std::string registry_of(std::string_view image) {
  const std::size_t slash{image.find('/')};
  if (slash == std::string_view::npos) return "docker.io";
  const std::string_view first{image.substr(0, slash)};
  // As Docker tells a host from a namespace.
  const bool is_host{first.find_first_of(".:") != std::string_view::npos || first == "localhost"};
  return is_host ? std::string{first} : "docker.io";
}

}  // namespace spillway::aci
