#include "controller/kubernetes/selectors.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

namespace spillway::kubernetes {

namespace {

using Operator = LabelRule::Operator;

Operator operator_named(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, Operator>, 6> words{
      {{"In", Operator::in},
       {"NotIn", Operator::not_in},
       {"Exists", Operator::exists},
       {"DoesNotExist", Operator::does_not_exist},
       {"Gt", Operator::greater},
       {"Lt", Operator::less}}};
  for (const auto& [word, how] : words) {
    if (word == text) return how;
  }
  return Operator::unknown;
}

std::optional<long long> whole_number(std::string_view text) {
  long long number{0};
  const char* const end{text.data() + text.size()};
  const auto [rest, failure] = std::from_chars(text.data(), end, number);
  if (failure != std::errc{} || rest != end) return std::nullopt;
  return number;
}

bool compares(const LabelRule& rule, std::string_view value) {
  const auto left = whole_number(value);
  const auto right =
      rule.values.size() == 1 ? whole_number(rule.values.front()) : std::optional<long long>{};
  if (!left || !right) return false;
  return rule.how == Operator::greater ? *left > *right : *left < *right;
}

std::vector<LabelRule> parse_rules(FieldReader& fields, const boost::json::object* from,
                                   std::string_view key) {
  std::vector<LabelRule> rules{};
  for (const boost::json::object* const each : fields.objects(from, key)) {
    rules.push_back({.key = fields.text(each, "key"),
                     .how = operator_named(fields.text(each, "operator")),
                     .values = fields.texts(each, "values")});
  }
  return rules;
}

bool tolerates(const Toleration& toleration, const Taint& taint) {
  const bool fits_effect{toleration.effect.empty() || toleration.effect == taint.effect};
  const bool fits_key{toleration.key.empty() || toleration.key == taint.key};
  const bool fits_value{!toleration.needs_value || toleration.value == taint.value};
  return fits_effect && fits_key && fits_value;
}

}  // namespace

bool matches(const LabelRule& rule, const Labels& labels) {
  const auto found = labels.find(rule.key);
  const bool exists{found != labels.end()};
  const auto is_listed = [&] {
    return std::find(rule.values.begin(), rule.values.end(), found->second) != rule.values.end();
  };
  switch (rule.how) {
    case Operator::in:
      return exists && is_listed();
    case Operator::not_in:
      return !exists || !is_listed();
    case Operator::exists:
      return exists;
    case Operator::does_not_exist:
      return !exists;
    case Operator::greater:
    case Operator::less:
      return exists && compares(rule, found->second);
    case Operator::unknown:
      return false;
  }
  return false;
}

bool matches(const Selector& selector, const Labels& labels) {
  if (selector.labels.empty() && selector.rules.empty()) return false;
  const bool has_labels{std::all_of(
      selector.labels.begin(), selector.labels.end(), [&](const Labels::value_type& wanted) {
        const auto found = labels.find(wanted.first);
        return found != labels.end() && found->second == wanted.second;
      })};
  return has_labels && std::all_of(selector.rules.begin(), selector.rules.end(),
                                   [&](const LabelRule& rule) { return matches(rule, labels); });
}

bool may_go_to(const Placement& placement, const Labels& node_labels,
               const std::vector<Taint>& taints) {
  for (const auto& [key, value] : placement.node_labels) {
    const auto found = node_labels.find(key);
    if (found == node_labels.end() || found->second != value) return false;
  }
  if (placement.has_affinity) {
    const bool fits_a_term{std::any_of(
        placement.affinity_terms.begin(), placement.affinity_terms.end(),
        [&](const std::vector<LabelRule>& term) {
          return !term.empty() && std::all_of(term.begin(), term.end(), [&](const LabelRule& rule) {
            return matches(rule, node_labels);
          });
        })};
    if (!fits_a_term) return false;
  }
  return std::all_of(taints.begin(), taints.end(), [&](const Taint& taint) {
    if (taint.effect != "NoSchedule" && taint.effect != "NoExecute") return true;
    return std::any_of(placement.tolerations.begin(), placement.tolerations.end(),
                       [&](const Toleration& each) { return tolerates(each, taint); });
  });
}

Selector parse_selector(FieldReader& fields, const boost::json::object* selector) {
  return {.labels = fields.text_map(selector, "matchLabels"),
          .rules = parse_rules(fields, selector, "matchExpressions")};
}

std::vector<Taint> parse_taints(FieldReader& fields, const boost::json::object* node_spec) {
  std::vector<Taint> taints{};
  for (const boost::json::object* const each : fields.objects(node_spec, "taints")) {
    taints.push_back({.key = fields.text(each, "key"),
                      .value = fields.text(each, "value"),
                      .effect = fields.text(each, "effect")});
  }
  return taints;
}

Placement parse_placement(FieldReader& fields, const boost::json::object* pod_spec) {
  Placement placement{.node_labels = fields.text_map(pod_spec, "nodeSelector")};
  const auto* const affinity = fields.object(pod_spec, "affinity");
  const auto* const node_affinity = fields.object(affinity, "nodeAffinity");
  const auto* const required =
      fields.object(node_affinity, "requiredDuringSchedulingIgnoredDuringExecution");
  placement.has_affinity = required != nullptr;
  for (const boost::json::object* const term : fields.objects(required, "nodeSelectorTerms")) {
    std::vector<LabelRule> rules{parse_rules(fields, term, "matchExpressions")};
    // The only field there is: the node's name, which every node also has as this label.
    for (LabelRule& rule : parse_rules(fields, term, "matchFields")) {
      if (rule.key == "metadata.name") rule.key = "kubernetes.io/hostname";
      rules.push_back(std::move(rule));
    }
    placement.affinity_terms.push_back(std::move(rules));
  }
  for (const boost::json::object* const each : fields.objects(pod_spec, "tolerations")) {
    placement.tolerations.push_back({.key = fields.text(each, "key"),
                                     .needs_value = fields.text(each, "operator") != "Exists",
                                     .value = fields.text(each, "value"),
                                     .effect = fields.text(each, "effect")});
  }
  return placement;
}

}  // namespace spillway::kubernetes
