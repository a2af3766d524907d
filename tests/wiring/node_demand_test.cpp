// Which workloads want the virtual node to be open.
#include "controller/wiring/node_demand.hpp"

#include <doctest/doctest.h>

#include <string>

#include "tests/support/printing.hpp"

namespace spillway::node_demand_test {

using spillway::wiring::wanting_workloads;

namespace {

std::shared_ptr<const WorkloadStatus> workload(std::string name, int recommended,
                                               std::optional<BasePool> base,
                                               bool is_blind = false) {
  auto status = std::make_shared<WorkloadStatus>();
  status->decision.workload = std::move(name);
  status->decision.recommended = Replicas{recommended};
  status->decision.desired = Replicas{4};  // its own burst is limited away
  status->decision.is_blind = is_blind;
  status->snapshot.fleet.base = base;
  return status;
}

}  // namespace

TEST_CASE("a workload whose policy wants more than the base can do opens the node") {
  Status status{};
  BasePool base{};
  base.ready = Replicas{4};
  base.room = Replicas{1};
  status.workloads = {workload("web", 6, base), workload("api", 5, base),
                      workload("other", 9, base)};
  const auto published = std::make_shared<const Status>(status);
  CHECK(wanting_workloads(published, {"web", "api"}) == 1);
  CHECK(wanting_workloads(published, {"api"}) == 0);
  CHECK(wanting_workloads(published, {"api", "api"}) == 0);  // twice is once
  CHECK(wanting_workloads(published, {}) == 0);
}

TEST_CASE("what is blind or not there yet is not known, unless another one wants more") {
  CHECK(wanting_workloads(nullptr, {"web"}) == std::nullopt);
  CHECK(wanting_workloads(nullptr, {}) == 0);
  Status status{};
  BasePool base{};
  base.ready = Replicas{4};
  status.workloads = {workload("blind", 9, base, true), workload("unread", 9, std::nullopt),
                      workload("web", 9, base)};
  const auto published = std::make_shared<const Status>(status);
  CHECK(wanting_workloads(published, {"blind"}) == std::nullopt);
  CHECK(wanting_workloads(published, {"unread"}) == std::nullopt);
  CHECK(wanting_workloads(published, {"new"}) == std::nullopt);
  CHECK(wanting_workloads(published, {"blind", "web"}) == 1);
}

}  // namespace spillway::node_demand_test
