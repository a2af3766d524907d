// Ends, restarts and lost groups: what the virtual node must not forget, invent or do twice.
#include <doctest/doctest.h>

#include "tests/virtual_node/node_rig.hpp"

namespace spillway::restart_test {

using namespace spillway::node_rig;

TEST_CASE("work that ends is asked to end: its restart policy is the group's") {
  Rig rig{};
  rig.stub.put("pods", job("once", "Never"));
  rig.wait_for("once", R"("phase":"Running")");
  CHECK(rig.cloud.find("burst-uid-of-once")->request.replica.restart == RestartPolicy::never);
  rig.cloud.end_containers("burst-uid-of-once", "done", 0);
  rig.stop();
  rig.start();
  rig.wait_for("once", R"("phase":"Succeeded")");
  CHECK(rig.pod_has("once", R"("exitCode":0)"));
  rig.time.drive([&] { return rig.groups() == 0; });
  CHECK(rig.cloud.count_calls("create") == 1);
}

TEST_CASE("a job that exits with 3 has failed, with 3") {
  Rig rig{};
  rig.stub.put("pods", job("once", "Never"));
  rig.wait_for("once", R"("phase":"Running")");
  rig.cloud.end_containers("burst-uid-of-once", "no", 3);
  rig.stop();
  rig.start();
  rig.wait_for("once", R"("phase":"Failed")");
  CHECK(rig.pod_has("once", R"("exitCode":3)"));
}

TEST_CASE("work that has begun is not done twice when its group vanished while we were down") {
  Rig rig{};
  rig.stub.put("pods", job("once", "Never"));
  rig.wait_for("once", R"("phase":"Running")");
  rig.stop();
  rig.cloud.vanish("burst-uid-of-once");
  rig.start();
  rig.wait_for("once", R"("phase":"Failed")");
  CHECK(rig.pod_has("once", "GroupVanished"));
  CHECK(rig.cloud.count_calls("create") == 1);
}

TEST_CASE("a group whose end the API was not told stays, and nothing is done twice") {
  Rig rig{};
  rig.stub.put("pods", job("once", "Never"));
  rig.wait_for("once", R"("phase":"Running")");
  rig.stop();
  rig.cloud.end_containers("burst-uid-of-once", "done", 0);
  rig.is_status_refused(true);
  rig.start();
  rig.wait(1200ms);
  CHECK(rig.groups() == 1);
  rig.stop();  // killed before it could tell
  rig.is_status_refused(false);
  rig.start();
  rig.wait_for("once", R"("phase":"Succeeded")");
  rig.time.drive([&] { return rig.groups() == 0; });
  CHECK(rig.cloud.count_calls("create") == 1);
}

TEST_CASE("a restart takes no running pod out of its Services while its group cannot be read") {
  Rig rig{};
  rig.stub.put("pods", pod("a", "burst"));
  rig.wait_for("a", ready);
  rig.stop();
  const int told{rig.stub.requests_with("PATCH /api/v1/namespaces/shop/pods/a/status")};
  for (int i{0}; i < 3; ++i) {
    rig.cloud.fail_next(FakeProvider::Call::get, Error{Errc::unavailable, "502"});
  }
  const std::size_t looks{rig.cloud.count_calls("get")};
  rig.start();
  rig.time.drive([&] { return rig.cloud.count_calls("get") > looks + 3; });
  CHECK(rig.pod_has("a", ready));
  CHECK(rig.pod_has("a", R"("phase":"Running")"));
  rig.wait(500ms);
  CHECK(rig.stub.requests_with("PATCH /api/v1/namespaces/shop/pods/a/status") == told);
}

TEST_CASE("what somebody else wrote into a pod's status is put right") {
  Rig rig{};
  rig.stub.put("pods", pod("a", "burst"));
  rig.wait_for("a", ready);
  rig.set_condition("a", "Ready", "False");  // the node lifecycle controller, after 40 s of silence
  rig.wait_for("a", ready);
}

TEST_CASE("a restart of ours finds the same groups, creates none, and removes orphans in time") {
  Rig rig{};
  rig.stub.put("pods", pod("a", "burst"));
  rig.stub.put("pods", pod("b", "burst"));
  rig.wait_for("a", ready);
  rig.wait_for("b", ready);
  CHECK(rig.cloud.find("burst-uid-of-a")->request.tags.cluster == "this-cluster");
  rig.stop();
  rig.stub.erase("pods", "shop/b");
  rig.start();
  rig.time.drive([&] { return rig.groups() == 1; });
  CHECK(rig.cloud.names() == std::vector<std::string>{"burst-uid-of-a"});
  CHECK(rig.cloud.count_calls("create") == 2);
}

TEST_CASE("an API that suddenly shows no pods does not cost all groups") {
  Rig rig{10min};
  rig.stub.put("pods", pod("a", "burst"));
  rig.wait_for("a", ready);
  rig.stop();
  // Another cluster behind the same address, or this one from a backup.
  rig.stub.erase("pods", "shop/a");
  rig.start();
  rig.wait(1200ms);
  CHECK(rig.groups() == 1);
  rig.stop();
  rig.stub.put("namespaces", R"({"metadata":{"name":"kube-system","uid":"another-cluster"}})");
  rig.reap_after = 100ms;
  rig.start();
  rig.wait(1200ms);
  CHECK(rig.groups() == 1);
}

TEST_CASE("a pod that is deleted without grace takes its group along at once") {
  Rig rig{10min};
  rig.stub.put("pods", pod("a", "burst"));
  rig.wait_for("a", ready);
  rig.stub.erase("pods", "shop/a");
  rig.time.drive([&] { return rig.groups() == 0; });
}

TEST_CASE("a group that ends makes its pod fail, and costs nothing any more") {
  Rig rig{};
  rig.stub.put("pods", pod("a", "burst"));
  rig.wait_for("a", ready);
  rig.prober.is_failing = true;
  rig.stop();  // looked at again at once, not in twenty seconds
  rig.cloud.end_containers("burst-uid-of-a");
  rig.start();
  rig.wait_for("a", R"("phase":"Failed")");
  rig.time.drive([&] { return rig.groups() == 0; });
}

}  // namespace spillway::restart_test
