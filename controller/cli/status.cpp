// `spillway status`, `explain`, `drain` and `reload`: what a running controller says, and what it
// is asked to do.
#include <fmt/format.h>

#include <boost/json.hpp>
#include <cstdio>
#include <optional>
#include <string>
#include <utility>

#include "controller/cli/api_client.hpp"
#include "controller/cli/commands.hpp"
#include "controller/cli/json_text.hpp"
#include "controller/cli/known_workloads.hpp"
#include "controller/cli/shadow_words.hpp"
#include "controller/cli/table.hpp"
#include "controller/io/url.hpp"

namespace json = boost::json;

namespace spillway::cli {
namespace {

int complain(const Error& error) {
  fmt::print(stderr, "spillway: {}\n", to_string(error));
  return exit_error;
}

/// What is wrong with the name of a workload of which the controller said nothing; nothing if it
/// has one of that name, or does not say.
std::optional<Error> fault_of_name(const ApiAddress& api, const std::string& workload) {
  const auto page{ask(api, "GET", "/api/v1/status")};
  if (!page || !page->is_object()) return std::nullopt;
  std::string unknown{unknown_workload(page->as_object(), workload)};
  if (unknown.empty()) return std::nullopt;
  return Error{Errc::not_found, std::move(unknown)};
}

/// What is kept warm, and the machines of a pool: only where a workload has them.
void print_reserves(const json::object& page) {
  Table standby{{"KEPT WARM FOR", "STATE", "WANTED", "READY", "CREATING", "$/H", "PLACE", "NOTE"}};
  Table machines{{"MACHINES OF", "STATE", "WANTED", "CAPACITY", "READY", "BASE", "MAX"}};
  bool has_standby{false};
  bool has_machines{false};
  for (const json::value& each : list_of(page, "workloads")) {
    const json::object& workload{each.as_object()};
    if (workload.contains("standby")) {
      const json::object pool{object_of(workload, "standby")};
      standby.add({text_of(workload, "name"), text_of(pool, "state"), text_of(pool, "wanted"),
                   text_of(pool, "ready"), text_of(pool, "creating"), text_of(pool, "usd_per_hour"),
                   text_of(pool, "place"), pool.contains("note") ? text_of(pool, "note") : ""});
      has_standby = true;
    }
    if (workload.contains("machines")) {
      const json::object pool{object_of(workload, "machines")};
      machines.add({text_of(workload, "name"), text_of(pool, "state"), text_of(pool, "wanted"),
                    text_of(pool, "capacity"), text_of(pool, "ready"), text_of(pool, "base"),
                    text_of(pool, "max")});
      has_machines = true;
    }
  }
  if (has_standby) fmt::print("\n{}", standby.to_text());
  if (has_machines) fmt::print("\n{}", machines.to_text());
}

/// Those of the workloads, then those of workloads that are not in the config any more.
void print_groups(const json::object& page) {
  Table groups{{"GROUP", "PHASE", "PLACE", "ADDRESS", "SINCE", "NOTE"}};
  bool has_groups{false};
  const auto add{[&](const json::object& group, std::string note) {
    groups.add({text_of(group, "id"), text_of(group, "phase"), text_of(group, "place"),
                text_of(group, "ip"), text_of(group, "since"), std::move(note)});
    has_groups = true;
  }};
  for (const json::value& each : list_of(page, "workloads")) {
    for (const json::value& one : list_of(each.as_object(), "groups")) {
      add(one.as_object(), text_of(one.as_object(), "note"));
    }
  }
  for (const json::value& one : list_of(page, "leaving")) {
    const json::object& group{one.as_object()};
    std::string note{fmt::format("{} is not in the config", text_of(group, "workload"))};
    if (const std::string own{text_of(group, "note")}; own != "-" && !own.empty()) {
      note += "; " + own;
    }
    add(group, std::move(note));
  }
  if (has_groups) fmt::print("\n{}", groups.to_text());
}

void print_status(const json::object& page) {
  fmt::print("mode {}, tick {}, {}\n", text_of(page, "mode"), text_of(page, "tick"),
             text_of(page, "at"));
  for (const auto& trouble : object_of(page, "trouble")) {
    fmt::print("! {}: {}\n", std::string_view{trouble.key()}, json::serialize(trouble.value()));
  }
  for (const json::value& each : list_of(page, "workloads")) {
    const json::object& workload{each.as_object()};
    if (!workload.contains("refused")) continue;
    const json::object refused{object_of(workload, "refused")};
    fmt::print("! {}: refused since {}: {}\n  {}\n", text_of(workload, "name"),
               text_of(refused, "at"), text_of(refused, "words"), text_of(refused, "advice"));
  }
  Table table{{"WORKLOAD", "BASE", "DESIRED", "BURST", "GROUPS", "TODAY", "BECAUSE", "PLAN"}};
  for (const json::value& each : list_of(page, "workloads")) {
    const json::object& workload{each.as_object()};
    table.add({text_of(workload, "name"), text_of(object_of(workload, "base"), "ready"),
               text_of(workload, "desired"), text_of(workload, "burst"),
               std::to_string(list_of(workload, "groups").size()),
               "$" + text_of(object_of(workload, "spend"), "today"), text_of(workload, "because"),
               text_of(object_of(workload, "plan"), "summary")});
  }
  fmt::print("{}", table.to_text());
  for (const json::value& each : list_of(page, "workloads")) {
    const json::object& workload{each.as_object()};
    if (!workload.contains("shadow")) continue;
    fmt::print("{} {}\n", text_of(workload, "name"), shadow_words(workload));
  }
  print_groups(page);
  print_reserves(page);
}

/// What was to be done, group by group, and what became of it.
void print_actions(const json::object& decision) {
  const json::object plan{object_of(decision, "plan")};
  for (const json::value& each : list_of(plan, "creates")) {
    const json::object& one{each.as_object()};
    fmt::print("      create {} in {}: {} vCPU, {} GB, {} replica(s), ${}/h ({})\n",
               text_of(one, "group"), text_of(one, "place"), text_of(one, "vcpu"),
               text_of(one, "memory_gb"), text_of(one, "replicas"), text_of(one, "usd_per_hour"),
               text_of(one, "because"));
  }
  for (const auto& [list, verb] :
       {std::pair{"readmits", "readmit"}, std::pair{"drains", "drain"}}) {
    for (const json::value& each : list_of(plan, list)) {
      const json::object& one{each.as_object()};
      fmt::print("      {} {} ({})\n", verb, text_of(one, "group"), text_of(one, "because"));
    }
  }
  for (const json::value& each : list_of(decision, "outcomes")) {
    const json::object& one{each.as_object()};
    fmt::print("      {} {}: {}\n", text_of(one, "action"), text_of(one, "group"),
               text_of(one, "result"));
  }
}

void print_decision(const json::object& decision) {
  fmt::print("{}  {}  #{}  {}\n", text_of(decision, "at"), text_of(decision, "workload"),
             text_of(decision, "id"), text_of(decision, "summary"));
  for (const auto& reading : object_of(decision, "readings")) {
    const json::object& one{reading.value().as_object()};
    fmt::print("    {} = {} ({}{})\n", std::string_view{reading.key()}, text_of(one, "value"),
               text_of(one, "quality"),
               one.contains("why") ? ": " + text_of(one, "why") : std::string{});
  }
  for (const json::value& each : list_of(decision, "recommendations")) {
    const json::object& one{each.as_object()};
    fmt::print("    {} asks for at least {}, at most {}: {} ({})\n", text_of(one, "policy"),
               text_of(one, "floor"), text_of(one, "ceiling"), text_of(one, "words"),
               text_of(one, "because"));
  }
  for (const json::value& each : list_of(decision, "trail")) {
    const json::object& step{each.as_object()};
    fmt::print("    {}: {} -> {} ({}) {}\n", text_of(step, "who"), text_of(step, "before"),
               text_of(step, "after"), text_of(step, "because"), text_of(step, "words"));
  }
  fmt::print("    plan: {}\n", text_of(object_of(decision, "plan"), "summary"));
  print_actions(decision);
  if (decision.contains("shadow")) fmt::print("    {}\n", shadow_words(decision));
}

}  // namespace

int status(const ApiAddress& api, Output output) {
  const auto page{ask(api, "GET", "/api/v1/status")};
  if (!page) return complain(page.error());
  if (output == Output::json) {
    fmt::print("{}\n", json::serialize(*page));
  } else {
    print_status(page->as_object());
  }
  return exit_ok;
}

int explain(const ApiAddress& api, const ExplainRequest& request, Output output) {
  io::QueryParams query{{"limit", std::to_string(request.limit)}};
  if (!request.workload.empty()) query.emplace_back("workload", request.workload);
  const auto page{ask(api, "GET", io::with_query("/api/v1/decisions", query))};
  if (!page) return complain(page.error());
  if (!request.workload.empty() && list_of(page->as_object(), "decisions").empty()) {
    if (const auto fault{fault_of_name(api, request.workload)}) return complain(*fault);
  }
  if (output == Output::json) {
    fmt::print("{}\n", json::serialize(*page));
    return exit_ok;
  }
  for (const json::value& each : list_of(page->as_object(), "decisions")) {
    print_decision(each.as_object());
  }
  return exit_ok;
}

int drain(const ApiAddress& api, const DrainRequest& request, Output output) {
  io::QueryParams query{};
  if (!request.group.empty()) query.emplace_back("group", request.group);
  if (!request.workload.empty()) {
    query.emplace_back("workload", request.workload);
    query.emplace_back("seconds", std::to_string(request.keep_empty.count() / 1000));
  }
  const auto done{ask(api, "POST", io::with_query("/api/v1/drain", query))};
  if (!done && done.error().code == Errc::not_found && !request.workload.empty()) {
    return complain(fault_of_name(api, request.workload).value_or(done.error()));
  }
  if (!done) return complain(done.error());
  if (output == Output::json) {
    fmt::print("{}\n", json::serialize(*done));
  } else {
    fmt::print("draining {}\n", request.group.empty() ? request.workload : request.group);
  }
  return exit_ok;
}

int reload(const ApiAddress& api, Output output) {
  const auto answer{call(api, "POST", "/-/reload")};
  if (!answer) return complain(answer.error());
  const std::string words{answer->body.substr(0, answer->body.find_last_not_of('\n') + 1)};
  // Refused by the controller: its words are about a file that is on its side.
  if (answer->status == 400) return complain({Errc::bad_request, words});
  if (answer->status >= 300) return complain(error_in_text(words));
  if (output == Output::json) {
    fmt::print("{}\n", json::serialize(json::object{{"reloaded", words}}));
  } else {
    fmt::print("{}\n", words);
  }
  return exit_ok;
}

}  // namespace spillway::cli
