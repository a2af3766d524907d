#include "controller/settings/workload_config.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace spillway::settings {
namespace {

using namespace std::chrono_literals;

void describe_lifecycle(Fields& fields, LifecycleLimits& limits) {
  fields.duration("start_limit", limits.start_limit, {.min = 10s, .max = 1h},
                  "From the create until it serves; later it is removed and replaced.");
  fields.duration("deferral_limit", limits.deferral_limit, {.max = 1h},
                  "How long a create that the provider throttles is repeated where it was meant to "
                  "be; then another place may have it.");
  fields.duration("drain_deadline", limits.drain_deadline, {.max = 24h},
                  "For requests in flight, from when the balancers have confirmed that new ones go "
                  "elsewhere; then it is removed all the same.");
  fields.duration("withdrawal_limit", limits.withdrawal_limit, {.max = 720h},
                  "How long a group that is to go stays while a balancer that may send it requests "
                  "cannot be reached. It is paid for meanwhile.");
  fields.duration("remove_limit", limits.remove_limit, {.min = 10s, .max = 24h},
                  "From the first delete until the group is gone; later it counts as stuck.");
  fields.duration("visibility_delay", limits.visibility_delay, {.max = 10min},
                  "After a create without an answer: how long the provider may not know the group "
                  "yet.");
}

void describe_rolling(Fields& fields, RollingSettings& rolling) {
  fields.flag("enabled", rolling.is_enabled,
              "Whether burst groups are replaced when their template changes. If not, old ones "
              "stay until a scale-in, which takes them first.");
  fields.count("max_surge", rolling.limits.max_surge, {.max = 1000},
               "Replicas beyond the wanted count while new ones settle.");
  fields.count("max_unavailable", rolling.limits.max_unavailable, {.max = 1000},
               "Replicas that may be missing meanwhile: for where the quota has no room for more.");
  fields.duration("soak", rolling.limits.soak, {.max = 24h},
                  "A new replica has to serve for so long before it replaces an old one.");
  fields.duration("pause", rolling.limits.pause, {.max = 24h},
                  "Between two batches, once the first has settled.");
  fields.count("failures", rolling.failures_max, {.min = 1, .max = 1000},
               "Groups of the new template that never serve, or stop serving, until the old "
               "template is taken back.");
  fields.text("error_signal", rolling.error_signal, {.max_length = 64},
              "A signal of the workload that takes the old template back when it rises during the "
              "update, such as a share of failed requests. Left out: probes alone decide.");
  fields.ratio("error_max", rolling.error_max, {.max = 1.0},
               "What the signal may always be, however low it was before.");
  fields.number("error_rise", rolling.error_rise, {.min = 1.0, .max = 100.0},
                "What it may be as a multiple of its level before the update: 2 with 4% before "
                "means that up to 8% are not the update's fault, even if `error_max` is less.");
  fields.require(rolling.limits.max_surge + rolling.limits.max_unavailable > 0,
                 "max_surge and max_unavailable must not both be 0: nothing could ever change");
}

}  // namespace

void describe_policy(Fields& fields, std::shared_ptr<PolicyDraft>& policy) {
  const auto describe_type{[&policy](Fields& inner, std::string_view type) {
    if (!policy || policy->type() != type) policy = draft_policy(type);
    policy->describe(inner);
  }};
  fields.variant(policy_types(), policy ? policy->type() : "", describe_type,
                 "The rule that this policy follows.");
}

void describe_policies(Fields& fields, std::vector<std::shared_ptr<PolicyDraft>>& policies) {
  const auto describe_element{[&policies](Fields& element, std::size_t index) {
    if (index >= policies.size()) policies.resize(index + 1);
    describe_policy(element, policies[index]);
  }};
  fields.sections(
      "policies", policies.size(), describe_element, Presence::required,
      "What decides on the count: latency policies give floors, cost policies ceilings.");
}

void describe(Fields& fields, ShadowConfig& config) {
  describe_policies(fields, config.policies);
  fields.section(
      "arbiter", [&](Fields& inner) { describe(inner, config.arbiter); },
      "How floors and ceilings make one count.");
  fields.section(
      "behavior", [&](Fields& inner) { describe(inner, config.behavior); },
      "How fast the count may change.");
  fields.duration("wait", config.wait, {.min = 1ms, .max = 10min},
                  "A request that waits longer before a replica takes it up counts as late, for "
                  "both.");
}

void describe(Fields& fields, VmsConfig& config) {
  one_of(fields, config.pool, "The system that has the machines.");
  describe(fields, config.limits);
}

void describe(Fields& fields, WorkloadConfig& config) {
  fields.text(
      "cluster", config.cluster,
      {.presence = Presence::required, .max_length = 63, .expected = "a name under `clusters`"},
      "The cluster that runs the base replicas, by its name under `clusters`.");
  fields.text("service", config.service, {.max_length = 256},
              "The cluster's own name for this workload. Left out: the workload's name.");
  map_of(fields, "signals", config.signals, Presence::optional,
         "What is measured, by the name that policies read: `load` (requests per second), "
         "`utilization` (demand / capacity), `queue`, `latency_p95` (seconds), `late` (share).");
  fields.text_map("labels", config.labels, {.max_length = 256},
                  "Values for {{name}} in queries, and for the join labels of shared queries.");
  fields.section(
      "replica", [&](Fields& inner) { describe(inner, config.replica); },
      "What one burst replica runs, in a container group of its own.");
  fields.optional_section(
      "placement", config.has_placement, [&](Fields& inner) { describe(inner, config.placement); },
      "Which of the provider's places and sizes is used first. Left out: the cheapest.");
  fields.section(
      "limits", [&](Fields& inner) { describe(inner, config.limits); },
      "Hard bounds on the counts, whatever a policy says.");
  describe_policies(fields, config.policies);
  fields.optional_section(
      "shadow", config.has_shadow, [&](Fields& inner) { describe(inner, config.shadow); },
      "Policies that decide beside the acting ones, for comparison; nobody acts on them.");
  list_of(fields, "tests", config.tests, Presence::optional,
          "Made-up readings and what the policies shall decide on them: run by `spillway check`.");
  fields.section(
      "arbiter", [&](Fields& inner) { describe(inner, config.arbiter); },
      "How floors and ceilings make one count.");
  fields.section(
      "trust", [&](Fields& inner) { describe(inner, config.trust); },
      "What happens while readings are stale or missing.");
  fields.section(
      "behavior", [&](Fields& inner) { describe(inner, config.behavior); },
      "How fast the count may change, in the words of the Kubernetes HPA.");
  fields.texts("traffic", config.traffic, {.max_length = 63, .expected = "a name under `traffic`"},
               "Who is told about burst replicas, by the names under `traffic`.");
  fields.section(
      "lifecycle", [&](Fields& inner) { describe_lifecycle(inner, config.lifecycle); },
      "Limits in time for each burst group.");
  fields.section(
      "standby", [&](Fields& inner) { describe(inner, config.standby); },
      "Groups that run before they are needed: a pool of the provider, which bills round the "
      "clock. A burst takes them first.");
  fields.section(
      "rolling_update", [&](Fields& inner) { describe_rolling(inner, config.rolling); },
      "How a changed template reaches the burst groups that run, and when it is taken back.");
  fields.optional_section(
      "vms", config.has_vms, [&](Fields& inner) { describe(inner, config.vms); },
      "Machines of the cluster that Spillway may add and take away again, as `rent_or_buy` and "
      "`auto` wish. Left out: their wishes are only shown.");
  fields.ratio("drain_share_per_tick", config.drain_share_per_tick, {.min = 0.01, .max = 1.0},
               "Most of the serving burst replicas that one tick may drain; one always may. Guards "
               "against a wrong view of the world.");
  fields.number("allocation_weight", config.allocation_weight, {.min = 0.01, .max = 100.0},
                "Its weight against other workloads where the limits of `allocator` are reached.");
}

namespace {

/// The usual window of a scale-in is for policies that do not wait by themselves.
void settle_window(DecisionPolicy& decision) {
  const bool has_own{std::ranges::all_of(decision.policies,
                                         [](const auto& each) { return each->holds_by_itself(); })};
  DirectionSettings& scale_in{decision.behavior.scale_in};
  if (has_own && scale_in.is_usual_window) scale_in.stabilization_window = Duration::zero();
}

int machine_size(const WorkloadConfig& config) {
  return config.has_vms ? std::max(1, config.vms.limits.replicas_per_vm) : 1;
}

}  // namespace

DecisionPolicy decision_policy(const WorkloadConfig& config) {
  DecisionPolicy decision{.arbiter = config.arbiter,
                          .trust = config.trust,
                          .behavior = config.behavior,
                          .limits = config.limits,
                          .replicas_per_vm = machine_size(config)};
  for (const auto& draft : config.policies) decision.policies.push_back(draft->build());
  settle_window(decision);
  return decision;
}

std::optional<DecisionPolicy> shadow_policy(const WorkloadConfig& config) {
  if (!config.has_shadow) return std::nullopt;
  DecisionPolicy decision{.arbiter = config.shadow.arbiter,
                          .trust = config.trust,
                          .behavior = config.shadow.behavior,
                          .limits = config.limits,
                          .replicas_per_vm = machine_size(config)};
  for (const auto& draft : config.shadow.policies) decision.policies.push_back(draft->build());
  settle_window(decision);
  return decision;
}

}  // namespace spillway::settings
