// What `spillway doctor` finds about a Kubernetes cluster: whether it answers, whether our rights
// will do, and what stands in the way of bursting each service.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

#include "controller/cluster/kubernetes/kubernetes_cluster.hpp"
#include "controller/kubernetes/rights.hpp"

namespace spillway::kubernetes {

namespace asio = boost::asio;

namespace {

Finding failed(std::string check, std::string subject, const Error& error) {
  return {.check = std::move(check),
          .subject = std::move(subject),
          .health = Health::failure,
          .message = to_string(error),
          .advice = std::string{advice(error)}};
}

/// What is read: without the first three nothing works, without the others less is known.
std::vector<Right> needed_rights(const std::string& name_space) {
  std::vector<Right> rights{};
  for (const std::string_view verb : {"list", "watch"}) {
    const std::string word{verb};
    rights.push_back({word, "", "pods", name_space});
    rights.push_back({word, "apps", "deployments", name_space});
    rights.push_back({word, "apps", "statefulsets", name_space});
  }
  return rights;
}

std::vector<Right> useful_rights(const std::string& name_space) {
  std::vector<Right> rights{};
  for (const std::string_view verb : {"list", "watch"}) {
    const std::string word{verb};
    rights.push_back({word, "", "nodes", ""});
    rights.push_back({word, "autoscaling", "horizontalpodautoscalers", name_space});
    rights.push_back({word, "policy", "poddisruptionbudgets", name_space});
  }
  return rights;
}

std::string joined(const std::vector<Right>& rights) {
  std::vector<std::string> texts{};
  texts.reserve(rights.size());
  for (const Right& each : rights) texts.push_back(to_string(each));
  return fmt::format("{}", fmt::join(texts, ", "));
}

Finding judge_rights(const Result<std::vector<Right>>& missing, const std::string& where,
                     Health if_missing, std::string_view consequence) {
  if (!missing) return failed("rights", where, missing.error());
  Finding finding{.check = "rights", .subject = where};
  if (missing->empty()) {
    finding.message = "our account may read what it needs";
    return finding;
  }
  finding.health = if_missing;
  finding.message = fmt::format("our account may not {}: {}", joined(*missing), consequence);
  finding.advice = "apply config/deploy/kubernetes/rbac.yaml, or grant these verbs";
  return finding;
}

}  // namespace

asio::awaitable<Finding> KubernetesCluster::examine_one(std::string service,
                                                        io::Deadline deadline) {
  const Result<const PodOwner*> owner{find(service)};
  if (!owner) co_return failed("cluster", service, owner.error());
  const BasePool pool{pool_of(**owner).pool};
  PodOwner copy{**owner};
  const bool is_stuck{copy.is_stuck};
  const auto derived = co_await templates_.read(std::move(copy), deadline);
  if (!derived) co_return failed("template", service, derived.error());
  Finding finding{.check = "cluster", .subject = service};
  finding.message =
      fmt::format("{} of {} base replicas are ready, {} find no node, room for {}",
                  pool.ready.count, pool.desired.count, pool.pending.count, pool.room.count);
  if (is_stuck) {
    finding.health = Health::warning;
    finding.message += "; its rollout exceeded its deadline";
    finding.advice = "look at `kubectl rollout status`";
  }
  const Remarks& remarks{derived->remarks};
  if (!remarks.left_out.empty()) {
    finding.health = Health::warning;
    finding.message +=
        fmt::format("; a burst replica is without: {}", fmt::join(remarks.left_out, "; "));
    finding.advice = "write what it needs into `replica`, or live without it";
  }
  if (!remarks.blocking.empty()) {
    const bool refuses{settings_.unsupported == Unsupported::refuse};
    finding.health = refuses ? Health::failure : Health::warning;
    finding.message +=
        fmt::format("; it may not work without: {}", fmt::join(remarks.blocking, "; "));
    finding.advice =
        "change the template, or set `unsupported: leave_out` and write what it needs "
        "into `replica`";
  }
  co_return finding;
}

asio::awaitable<std::vector<Finding>> KubernetesCluster::examine(std::vector<std::string> services,
                                                                 io::Deadline deadline) {
  std::vector<Finding> findings{};
  const std::string where{server_->where()};
  const Result<void> refreshed = co_await refresh(deadline);
  if (refreshed) {
    findings.push_back({.check = "cluster", .subject = where, .message = "the API server answers"});
  } else {
    findings.push_back(failed("cluster", where, refreshed.error()));
  }
  const std::string scope{settings_.scope == Scope::name_space ? name_space_ : std::string{}};
  std::vector<Right> needed{needed_rights(scope)};
  const auto missing = co_await missing_rights(*server_, std::move(needed), deadline);
  findings.push_back(judge_rights(missing, where, Health::failure, "the pools cannot be read"));
  std::vector<Right> useful{useful_rights(scope)};
  const auto blind = co_await missing_rights(*server_, std::move(useful), deadline);
  if (missing && blind && !blind->empty()) {
    findings.push_back(judge_rights(blind, where, Health::warning,
                                    "lost nodes and the room that autoscalers have are not seen"));
  }
  if (!refreshed) co_return findings;
  for (std::string& service : services) {
    findings.push_back(co_await examine_one(std::move(service), deadline));
  }
  co_return findings;
}

}  // namespace spillway::kubernetes
