#include "controller/kubernetes/pod_environment.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "controller/kubernetes/quantity.hpp"

namespace spillway::kubernetes {

namespace {

using Object = boost::json::object;
using Kind = Reference::Kind;

/// Azure's rule for names of variables.
bool is_allowed_name(std::string_view name) {
  const auto is_legal = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !name.empty() && name.size() <= 63 && name.front() != '_' && name.back() != '_' &&
         std::all_of(name.begin(), name.end(), is_legal);
}

/// The key in `metadata.labels['KEY']`, if `path` is one of `of`.
std::optional<std::string> subscript(std::string_view path, std::string_view of) {
  if (!path.starts_with(of)) return std::nullopt;
  path.remove_prefix(of.size());
  if (path.size() < 4 || !path.starts_with("['") || !path.ends_with("']")) return std::nullopt;
  return std::string{path.substr(2, path.size() - 4)};
}

class EnvironmentBuilder {
 public:
  EnvironmentBuilder(FieldReader& fields, const Object& container, const PodFacts& facts,
                     const ReferencedData& referenced, Remarks& remarks)
      : fields_{fields},
        container_{container},
        facts_{facts},
        referenced_{referenced},
        remarks_{remarks},
        name_{fields.text(&container, "name")} {}

  Environment build() {
    for (const Object* const source : fields_.objects(&container_, "envFrom")) add_source(source);
    for (const Object* const variable : fields_.objects(&container_, "env")) add_one(variable);
    drop_illegal_names();
    return std::move(environment_);
  }

 private:
  void add_source(const Object* source) {
    const std::string prefix{fields_.text(source, "prefix")};
    for (const auto& [key, kind] :
         {std::pair{"configMapRef", Kind::config_map}, std::pair{"secretRef", Kind::secret}}) {
      const Object* const reference{fields_.object(source, key)};
      if (reference == nullptr) continue;
      const KeyedData* const content{
          find(kind, fields_.text(reference, "name"), fields_.flag(reference, "optional"))};
      if (content == nullptr) continue;
      for (const auto& [name, value] : content->data) {
        environment_.insert_or_assign(prefix + name, Variable{value, kind == Kind::secret});
      }
    }
  }

  void add_one(const Object* variable) {
    const std::string name{fields_.text(variable, "name")};
    const Object* const source{fields_.object(variable, "valueFrom")};
    if (source == nullptr) {
      Variable made{};
      made.value = expanded(fields_.text(variable, "value"), environment_, made.is_secret);
      environment_.insert_or_assign(name, std::move(made));
      return;
    }
    if (auto value{from_key(source, "configMapKeyRef", Kind::config_map, name)}) {
      environment_.insert_or_assign(name, Variable{std::move(*value), false});
    } else if (auto secret{from_key(source, "secretKeyRef", Kind::secret, name)}) {
      environment_.insert_or_assign(name, Variable{std::move(*secret), true});
    } else if (const Object* const field{fields_.object(source, "fieldRef")}) {
      add_fact(name, fields_.text(field, "fieldPath"));
    } else if (const Object* const resource{fields_.object(source, "resourceFieldRef")}) {
      add_resource(name, resource);
    }
  }

  std::optional<std::string> from_key(const Object* source, std::string_view field, Kind kind,
                                      const std::string& variable) {
    const Object* const reference{fields_.object(source, field)};
    if (reference == nullptr) return std::nullopt;
    const bool is_optional{fields_.flag(reference, "optional")};
    const std::string object_name{fields_.text(reference, "name")};
    const KeyedData* const content{find(kind, object_name, is_optional)};
    if (content == nullptr) return std::nullopt;
    const std::string key{fields_.text(reference, "key")};
    const auto found = content->data.find(key);
    if (found != content->data.end()) return found->second;
    if (!is_optional) {
      remarks_.block(fmt::format("container {}: variable {}: {} has no key {}", name_, variable,
                                 to_string(Reference{kind, object_name}), key));
    }
    return std::nullopt;
  }

  const KeyedData* find(Kind kind, const std::string& name, bool is_optional) {
    const Reference reference{kind, name};
    const auto found = referenced_.find(reference);
    const bool is_there{found != referenced_.end() && found->second.why_not.empty()};
    if (is_there) return &found->second;
    if (!is_optional) {
      remarks_.block(fmt::format("container {}: {}: {}", name_, to_string(reference),
                                 found == referenced_.end() ? "not read" : found->second.why_not));
    }
    return nullptr;
  }

  void add_fact(const std::string& name, const std::string& path) {
    std::optional<std::string> value{};
    const auto look_up = [&](std::string_view of, const std::map<std::string, std::string>& in) {
      const auto key = subscript(path, of);
      if (!key) return;
      const auto found = in.find(*key);
      value = found == in.end() ? std::string{} : found->second;
    };
    look_up("metadata.labels", facts_.labels);
    look_up("metadata.annotations", facts_.annotations);
    if (path == "metadata.namespace") value = facts_.name_space;
    if (path == "spec.serviceAccountName") value = facts_.service_account;
    if (value) {
      environment_.insert_or_assign(name, Variable{std::move(*value), false});
    } else {
      remarks_.leave_out(
          fmt::format("container {}: variable {}: {} is only known on a node", name_, name, path));
    }
  }

  void add_resource(const std::string& name, const Object* reference) {
    const std::string resource{fields_.text(reference, "resource")};
    const std::size_t dot{resource.find('.')};
    const Object* const resources{fields_.object(&container_, "resources")};
    const Object* const kind{fields_.object(resources, resource.substr(0, dot))};
    const std::string unit{dot == std::string::npos ? std::string{} : resource.substr(dot + 1)};
    const auto amount = parse_quantity(fields_.text_or_number(kind, unit));
    const std::string divisor_text{fields_.text_or_number(reference, "divisor")};
    const double divisor{parse_quantity(divisor_text).value_or(0.0)};
    if (!amount) {
      remarks_.leave_out(fmt::format("container {}: variable {}: {} is not set in the template",
                                     name_, name, resource));
      return;
    }
    // Rounded up, as the kubelet does; a divisor of 0 or none stands for 1.
    const double value{std::ceil(*amount / (divisor > 0.0 ? divisor : 1.0) - 1e-9)};
    environment_.insert_or_assign(name, Variable{fmt::format("{:.0f}", value), false});
  }

  void drop_illegal_names() {
    for (auto each{environment_.begin()}; each != environment_.end();) {
      if (is_allowed_name(each->first)) {
        ++each;
        continue;
      }
      remarks_.leave_out(
          fmt::format("container {}: variable {}: Azure allows 1 to 63 letters, digits and "
                      "underscores, no underscore first or last",
                      name_, each->first));
      each = environment_.erase(each);
    }
  }

  FieldReader& fields_;
  const Object& container_;
  const PodFacts& facts_;
  const ReferencedData& referenced_;
  Remarks& remarks_;
  std::string name_;
  Environment environment_{};
};

}  // namespace

Environment environment_of(FieldReader& fields, const Object& container, const PodFacts& facts,
                           const ReferencedData& referenced, Remarks& remarks) {
  return EnvironmentBuilder{fields, container, facts, referenced, remarks}.build();
}

std::string expanded(std::string_view text, const Environment& environment, bool& is_secret) {
  std::string result{};
  while (!text.empty()) {
    const std::size_t dollar{text.find('$')};
    result += text.substr(0, dollar);
    if (dollar == std::string_view::npos) break;
    text.remove_prefix(dollar);
    if (text.starts_with("$$")) {
      result += '$';
      text.remove_prefix(2);
      continue;
    }
    const std::size_t end{text.starts_with("$(") ? text.find(')') : std::string_view::npos};
    if (end == std::string_view::npos) {
      result += '$';
      text.remove_prefix(1);
      continue;
    }
    const auto found = environment.find(std::string{text.substr(2, end - 2)});
    if (found != environment.end()) {
      result += found->second.value;
      is_secret = is_secret || found->second.is_secret;
    } else {
      result += text.substr(0, end + 1);  // kept as it is, as in Kubernetes
    }
    text.remove_prefix(end + 1);
  }
  return result;
}

}  // namespace spillway::kubernetes
