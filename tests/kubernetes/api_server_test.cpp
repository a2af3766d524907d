// Requests, credentials and watches against the stub server, over real sockets.
#include "controller/kubernetes/api_server.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <filesystem>
#include <memory>
#include <string>

#include "controller/io/atomic_file.hpp"
#include "controller/kubernetes/credentials.hpp"
#include "controller/kubernetes/watcher.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/printing.hpp"
#include "tests/support/real_time.hpp"
#include "tests/support/stub_api_server.hpp"

using namespace spillway;
using namespace spillway::kubernetes;
using namespace spillway::testing;
using namespace std::chrono_literals;

namespace {

std::string pod_named(const std::string& name) {
  return R"({"metadata":{"namespace":"a","name":")" + name + "\"}}";
}

struct Rig {
  RealTime time{};
  StubApiServer stub{time.context};
  io::SeededRandom random{7};

  std::unique_ptr<ApiServer> server(User user = {}) {
    Access access{};
    access.cluster.server = stub.url();
    access.user = std::move(user);
    auto made = make_api_server(time.context, time.clock, std::move(access));
    REQUIRE(made);
    return std::move(*made);
  }

  Result<boost::json::object> get(ApiServer& from, std::string target) {
    ApiRequest request{};
    request.target = std::move(target);
    return time.run(from.call(std::move(request), time.soon()));
  }
};

/// A store with its watch, running until the end of the test.
class Watched {
 public:
  Watched(Rig& rig, std::unique_ptr<ApiServer> server)
      : rig_{rig},
        server_{std::move(server)},
        watcher{"pods", *server_, rig.time.clock, rig.random, {"/api/v1/pods", {}, store}} {
    boost::asio::co_spawn(rig.time.context, watcher.run(),
                          boost::asio::bind_cancellation_slot(
                              stop_.slot(), [this](std::exception_ptr) { has_ended_ = true; }));
  }
  ~Watched() {
    stop_.emit(boost::asio::cancellation_type::terminal);
    rig_.time.drive([this] { return has_ended_; });
  }

  void wait_for(const std::string& wanted) {
    rig_.time.drive([&] { return names() == wanted; });
  }
  std::string names() const {
    std::string all{};
    for (const auto& [key, each] : store.all()) all += each.metadata.name + " ";
    return all;
  }

 private:
  Rig& rig_;
  std::unique_ptr<ApiServer> server_;
  boost::asio::cancellation_signal stop_{};
  bool has_ended_{false};

 public:
  TypedStore<Pod> store{parse_pod};
  Watcher watcher;
};

std::string plugin_script(const ScratchDirectory& scratch, std::string_view body) {
  const std::string path{scratch.write("plugin", "#!/bin/sh\n" + std::string{body})};
  std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  return path;
}

User user_with_plugin(std::string command) {
  User user{};
  user.exec = ExecPlugin{.api_version = "client.authentication.k8s.io/v1beta1",
                         .command = std::move(command),
                         .install_hint = "ask for it"};
  return user;
}

}  // namespace

TEST_CASE("a token file that rotates is read again when its token is refused") {
  Rig rig{};
  const ScratchDirectory scratch{};
  const std::string file{scratch.write("token", "old\n")};
  rig.stub.token = "old";
  User user{};
  user.token_file = file;
  const auto server = rig.server(user);
  CHECK(rig.get(*server, "/api/v1/pods"));
  rig.stub.token = "new";
  REQUIRE(io::write_file_atomically(file, "new\n"));
  CHECK(rig.get(*server, "/api/v1/pods"));
  REQUIRE(io::write_file_atomically(file, "wrong\n"));
  rig.stub.token = "newer";
  const auto refused = rig.get(*server, "/api/v1/pods");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::denied);
  CHECK(refused.error().context.find("wrong") == std::string::npos);
}

TEST_CASE("a credential plugin is run once, and again when its credential is refused") {
  Rig rig{};
  const ScratchDirectory scratch{};
  const std::string runs{(scratch.path() / "runs").string()};
  const std::string script{plugin_script(scratch, "echo x >> " + runs + "\n" +
                                                      R"x(test -n "$KUBERNETES_EXEC_INFO" || exit 3
echo '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1beta1",'
printf '"status":{"token":"t%s"}}' "$(wc -l < )x" + runs +
                                                      ")\"")};
  rig.stub.token = "t1";
  const auto server = rig.server(user_with_plugin(script));
  for (int i{0}; i < 3; ++i) {
    const auto answer = rig.get(*server, "/api/v1/pods");
    CAPTURE(answer);
    CHECK(answer);
  }
  CHECK(rig.stub.requests().size() == 3);
  rig.stub.token = "t2";
  CHECK(rig.get(*server, "/api/v1/pods"));
  CHECK(rig.stub.requests().size() == 5);
}

TEST_CASE("a plugin that fails, is missing or prints nonsense says so, with its own words") {
  Rig rig{};
  const ScratchDirectory scratch{};
  const auto error_of = [&](std::string command) {
    const auto server = rig.server(user_with_plugin(std::move(command)));
    const auto answer = rig.get(*server, "/api/v1/pods");
    REQUIRE_FALSE(answer);
    return answer.error();
  };
  const Error failed{error_of(plugin_script(scratch, "echo please log in >&2; exit 4"))};
  CHECK(failed.code == Errc::denied);
  CHECK(failed.context.find("exit code 4: please log in") != std::string::npos);
  CHECK(error_of(plugin_script(scratch, "echo hello")).code == Errc::malformed);
  const Error missing{error_of("no-such-plugin-anywhere")};
  CHECK(missing.code == Errc::bad_request);
  CHECK(missing.context.find("ask for it") != std::string::npos);
  CHECK(error_of(plugin_script(scratch, "yes")).code == Errc::too_large);
  CHECK(rig.stub.requests().empty());
}

TEST_CASE("a watch follows what comes, changes and goes") {
  Rig rig{};
  rig.stub.put("pods", pod_named("p1"));
  Watched watched{rig, rig.server()};
  watched.wait_for("p1 ");
  rig.time.drive([&] { return rig.stub.watches() == 1; });
  rig.stub.put("pods", pod_named("p2"));
  watched.wait_for("p1 p2 ");
  rig.stub.erase("pods", "a/p1");
  watched.wait_for("p2 ");
  CHECK(watched.watcher.check_fresh(rig.time.clock.now(), 1s));
  CHECK(rig.stub.requests().size() == 2);
}

TEST_CASE("a list in many pages is one picture; a page that expired begins it again") {
  Rig rig{};
  for (int i{10}; i < 17; ++i) rig.stub.put("pods", pod_named("p" + std::to_string(i)));
  rig.stub.page_max = 3;
  rig.stub.expired_pages = 1;
  Watched watched{rig, rig.server()};
  watched.wait_for("p10 p11 p12 p13 p14 p15 p16 ");
  CHECK(rig.stub.requests_with("limit=") == 5);  // one, one that is refused, three
}

TEST_CASE("a watch that breaks in the middle misses nothing, and lists nothing again") {
  Rig rig{};
  rig.stub.put("pods", pod_named("p1"));
  Watched watched{rig, rig.server()};
  watched.wait_for("p1 ");
  rig.time.drive([&] { return rig.stub.watches() == 1; });
  rig.stub.break_watches();
  rig.time.drive([&] { return rig.stub.watches() == 0; });
  rig.stub.put("pods", pod_named("p2"));
  watched.wait_for("p1 p2 ");
  rig.time.drive([&] { return rig.stub.watches() == 1; });
  rig.stub.end_watches();
  rig.time.drive([&] { return rig.stub.watches() == 0; });
  rig.stub.erase("pods", "a/p1");
  watched.wait_for("p2 ");
  CHECK(rig.stub.requests_with("limit=") == 1);
}

TEST_CASE("410: what happened in the gap is found by listing again") {
  Rig rig{};
  rig.stub.put("pods", pod_named("p1"));
  Watched watched{rig, rig.server()};
  watched.wait_for("p1 ");
  rig.time.drive([&] { return rig.stub.watches() == 1; });
  rig.stub.break_watches();
  rig.time.drive([&] { return rig.stub.watches() == 0; });
  rig.stub.erase("pods", "a/p1");
  rig.stub.put("pods", pod_named("p3"));
  rig.stub.compact();
  watched.wait_for("p3 ");
  CHECK(rig.stub.requests_with("limit=") == 2);
}

TEST_CASE("garbage in a watch is not believed: it is listed again") {
  Rig rig{};
  rig.stub.put("pods", pod_named("p1"));
  Watched watched{rig, rig.server()};
  watched.wait_for("p1 ");
  rig.time.drive([&] { return rig.stub.watches() == 1; });
  rig.stub.send_raw("pods", "{\"type\":\"DELETED\",\"object\":{}}\n");
  rig.time.drive([&] { return rig.stub.requests_with("limit=") == 2; });
  CHECK(watched.names() == "p1 ");
  watched.wait_for("p1 ");
}

TEST_CASE("429 is obeyed for as long as it says, and 403 is told") {
  Rig rig{};
  rig.stub.weather.push_back({429, "{}", "Retry-After: 1\r\n"});
  Watched watched{rig, rig.server()};
  const TimePoint began{rig.time.clock.now()};
  rig.stub.put("pods", pod_named("p1"));
  watched.wait_for("p1 ");
  CHECK(rig.time.clock.now() - began >= 1s);
  rig.stub.forbidden.insert("pods");
  rig.stub.break_watches();
  rig.time.drive([&] {
    return watched.watcher.trouble().has_value() && watched.watcher.trouble()->code == Errc::denied;
  });
  CHECK(watched.watcher.check_fresh(rig.time.clock.now(), 30s));
  const auto stale = watched.watcher.check_fresh(rig.time.clock.now() + 31s, 30s);
  REQUIRE_FALSE(stale);
  CHECK(stale.error().code == Errc::denied);
}

TEST_CASE("before the first whole list nothing is fresh") {
  Rig rig{};
  const auto server = rig.server();
  TypedStore<Pod> store{parse_pod};
  Watcher watcher{"pods", *server, rig.time.clock, rig.random, {"/api/v1/pods", {}, store}};
  CHECK(watcher.check_fresh(rig.time.clock.now(), 1h).error().code == Errc::unavailable);
  rig.stub.weather.push_back({500, "boom", ""});
  CHECK(rig.time.run(watcher.list(rig.time.soon())).error().code == Errc::unavailable);
  CHECK_FALSE(watcher.check_fresh(rig.time.clock.now(), 1h));
  CHECK(rig.time.run(watcher.list(rig.time.soon())));
  CHECK(watcher.check_fresh(rig.time.clock.now(), 1h));
}
