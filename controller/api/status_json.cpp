#include "controller/api/status_json.hpp"

#include <boost/json.hpp>

namespace json = boost::json;

namespace spillway::api {
namespace {

json::value text(std::string_view words) {
  return json::string{words};
}

json::value number_or_null(const std::optional<double>& value) {
  return value ? json::value(*value) : json::value(nullptr);
}

json::object readings_json(const Readings& readings) {
  json::object all{};
  for (const auto& [signal, reading] : readings) {
    json::object one{};
    one["value"] = number_or_null(reading.last_value());
    one["quality"] = text(to_string(reading.quality()));
    if (reading.quality() != Quality::missing) {
      one["sampled_at"] = text(to_string(reading.sampled_at()));
    }
    if (!reading.why().empty()) one["why"] = text(reading.why());
    all[signal] = std::move(one);
  }
  return all;
}

json::value base_json(const std::optional<BasePool>& base) {
  if (!base) return nullptr;  // unknown is not zero
  return json::object{{"ready", base->ready.count},     {"starting", base->starting.count},
                      {"desired", base->desired.count}, {"pending", base->pending.count},
                      {"room", base->room.count},       {"rolling", base->is_rolling}};
}

json::object group_json(const GroupRecord& group) {
  json::object one{};
  one["id"] = text(group.id.name);
  one["phase"] = text(to_string(group.state.phase));
  one["since"] = text(to_string(group.state.since));
  one["created_at"] = text(to_string(group.state.created_at));
  one["place"] = text(to_string(group.place));
  one["replicas"] = group.size.replicas.count;
  one["ip"] = text(group.ip);
  one["usd_per_hour"] = group.price.per_hour.usd();
  if (!group.note.empty()) one["note"] = text(group.note);
  return one;
}

json::array trail_json(const Decision& decision) {
  json::array steps{};
  for (const TrailStep& step : decision.trail) {
    steps.push_back(json::object{{"who", text(step.who)},
                                 {"before", step.before.count},
                                 {"after", step.after.count},
                                 {"because", text(to_string(step.because))},
                                 {"words", text(step.words)}});
  }
  return steps;
}

json::array recommendations_json(const Decision& decision) {
  json::array all{};
  for (const Recommendation& each : decision.recommendations) {
    json::object one{{"policy", text(each.policy)},
                     {"because", text(to_string(each.because))},
                     {"words", text(each.words)},
                     {"hold", each.is_hold}};
    one["floor"] = each.floor ? json::value(each.floor->count) : json::value(nullptr);
    one["ceiling"] = each.ceiling ? json::value(each.ceiling->count) : json::value(nullptr);
    if (each.vms) one["vms"] = each.vms->count;
    all.push_back(std::move(one));
  }
  return all;
}

json::object create_json(const CreateGroup& create) {
  return json::object{{"group", text(create.id.name)},
                      {"place", text(to_string(create.place))},
                      {"vcpu", create.size.vcpu},
                      {"memory_gb", create.size.memory_gb},
                      {"replicas", create.size.replicas.count},
                      {"usd_per_hour", create.price.per_hour.usd()},
                      {"because", text(to_string(create.because))}};
}

/// Of groups that exist already only the name and the reason are of interest.
template <class Action>
json::array actions_json(const std::vector<Action>& actions) {
  json::array all{};
  for (const Action& each : actions) {
    all.push_back(
        json::object{{"group", text(each.id.name)}, {"because", text(to_string(each.because))}});
  }
  return all;
}

/// What became of the actions: of a create and, later, of the group's removal.
json::array outcomes_json(const std::vector<Outcome>& outcomes) {
  json::array all{};
  for (const Outcome& each : outcomes) {
    all.push_back(json::object{{"action", text(each.action)},
                               {"group", text(each.group.name)},
                               {"result", text(each.result)}});
  }
  return all;
}

json::object plan_json(const Plan& plan) {
  json::array withheld{};
  for (const Withheld& each : plan.withheld) {
    withheld.push_back(
        json::object{{"count", each.count.count}, {"because", text(to_string(each.because))}});
  }
  json::object one{{"create", plan.creates.size()},
                   {"readmit", plan.readmits.size()},
                   {"drain", plan.drains.size()},
                   {"summary", text(summary(plan))}};
  one["withheld"] = std::move(withheld);
  json::array creates{};
  for (const CreateGroup& each : plan.creates) creates.push_back(create_json(each));
  one["creates"] = std::move(creates);
  one["readmits"] = actions_json(plan.readmits);
  one["drains"] = actions_json(plan.drains);
  return one;
}

json::object decision_json(const Decision& decision) {
  json::object one{{"at", text(to_string(decision.at))},
                   {"desired", decision.desired.count},
                   {"recommended", decision.recommended.count},
                   {"burst", decision.burst.count},
                   {"vms", decision.vms.count},
                   {"because", text(to_string(decision.because))},
                   {"blind", decision.is_blind},
                   {"summary", text(summary(decision))}};
  one["recommendations"] = recommendations_json(decision);
  one["trail"] = trail_json(decision);
  return one;
}

json::object estimate_json(const PolicyEstimate& estimate) {
  return json::object{{"usd", estimate.rent.usd()},
                      {"late_requests", estimate.late_requests},
                      {"lacks_price", estimate.lacks_price}};
}

/// What the shadow policies decided, and the bill of both sets since they began.
json::object shadow_json(const ShadowTick& shadow) {
  const ShadowRecord& record{shadow.record};
  json::object estimates{{"since", text(to_string(record.since))}, {"requests", record.requests}};
  estimates["acting"] = estimate_json(record.acting);
  estimates["shadow"] = estimate_json(record.shadow);
  json::object one{decision_json(shadow.decision)};
  one["estimates"] = std::move(estimates);
  return one;
}

/// What the provider calls wrong, and what to do about it.
json::object refused_json(const RefusedTemplate& refused) {
  return {{"at", text(to_string(refused.at))},
          {"words", text(refused.words)},
          {"advice",
           "nothing is created from this template again: correct the template or its secrets, or "
           "reload once the cause is gone"}};
}

/// The pool's `state`: `healthy`, `degraded`, or `unknown` while it cannot be read.
json::object standby_json(const StandbyStatus& standby) {
  json::object one{{"place", text(to_string(standby.place))}, {"wanted", standby.wanted}};
  one["state"] = !standby.stock ? "unknown" : standby.stock->is_healthy ? "healthy" : "degraded";
  one["seen_at"] = standby.seen_at ? text(to_string(*standby.seen_at)) : json::value(nullptr);
  if (!standby.stock) return one;
  one["ready"] = standby.stock->running;
  one["creating"] = standby.stock->creating;
  one["usd_per_hour"] = standby.price.per_hour.usd();
  if (!standby.stock->words.empty()) one["note"] = text(standby.stock->words);
  return one;
}

json::object machines_json(const MachinesStatus& machines) {
  json::object one{{"wanted", machines.wanted}, {"base", machines.base}, {"max", machines.max}};
  one["seen_at"] = machines.seen_at ? text(to_string(*machines.seen_at)) : json::value(nullptr);
  if (!machines.state) {
    one["state"] = "unknown";
    return one;
  }
  one["state"] = machines.state->is_changing ? "resizing" : "steady";
  one["capacity"] = machines.state->capacity;
  one["ready"] = machines.state->ready;
  return one;
}

json::object workload_json(const WorkloadStatus& workload) {
  const Snapshot& snapshot{workload.snapshot};
  json::object one{};
  one["name"] = text(snapshot.workload);
  one["desired"] = workload.decision.desired.count;
  one["burst"] = workload.decision.burst.count;
  one["because"] = text(to_string(workload.decision.because));
  one["base"] = base_json(snapshot.fleet.base);
  one["readings"] = readings_json(snapshot.readings);
  json::array groups{};
  for (const GroupRecord& group : workload.groups) groups.push_back(group_json(group));
  one["groups"] = std::move(groups);
  one["spend"] = json::object{{"this_hour", snapshot.spend.this_hour.usd()},
                              {"today", snapshot.spend.today.usd()},
                              {"this_month", snapshot.spend.this_month.usd()}};
  one["decision"] = decision_json(workload.decision);
  one["plan"] = plan_json(workload.plan);
  if (workload.shadow) one["shadow"] = shadow_json(*workload.shadow);
  if (workload.standby) one["standby"] = standby_json(*workload.standby);
  if (workload.refused) one["refused"] = refused_json(*workload.refused);
  if (workload.machines) one["machines"] = machines_json(*workload.machines);
  return one;
}

}  // namespace

std::string status_json(const Status& status) {
  json::object page{};
  page["mode"] = text(to_string(status.mode));
  page["at"] = text(to_string(status.at));
  page["tick"] = status.tick;
  json::object trouble{};
  if (status.listing_trouble) trouble["listing"] = text(to_string(*status.listing_trouble));
  if (status.store_trouble) trouble["store"] = text(to_string(*status.store_trouble));
  page["trouble"] = std::move(trouble);
  json::array workloads{};
  for (const auto& workload : status.workloads) workloads.push_back(workload_json(*workload));
  page["workloads"] = std::move(workloads);
  json::array leaving{};
  for (const GroupRecord& group : status.leaving) {
    json::object one{group_json(group)};
    one["workload"] = text(group.workload);
    leaving.push_back(std::move(one));
  }
  page["leaving"] = std::move(leaving);
  return json::serialize(page);
}

std::string decisions_json(const std::vector<JournalEntry>& entries) {
  json::array all{};
  for (const JournalEntry& entry : entries) {
    json::object one{decision_json(entry.decision)};
    one["id"] = entry.id;
    one["workload"] = text(entry.workload);
    one["mode"] = text(entry.mode);
    one["readings"] = readings_json(entry.snapshot.readings);
    one["base"] = base_json(entry.snapshot.fleet.base);
    one["plan"] = plan_json(entry.plan);
    one["outcomes"] = outcomes_json(entry.outcomes);
    if (entry.shadow) one["shadow"] = shadow_json(*entry.shadow);
    all.push_back(std::move(one));
  }
  json::object page{};
  page["decisions"] = std::move(all);
  return json::serialize(page);
}

std::string error_json(const Error& error) {
  return json::serialize(
      json::object{{"error", json::object{{"code", text(to_string(error.code))},
                                          {"message", text(to_string(error))}}}});
}

}  // namespace spillway::api
