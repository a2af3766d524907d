// What the adapter does with its file and its two commands; here those are shell scripts. The
// contract and a real nginx are in tests/contract/traffic.
#include "controller/traffic/template_file/template_file.hpp"

#include <sys/stat.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "controller/io/atomic_file.hpp"
#include "controller/traffic/reconcile.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/printing.hpp"
#include "tests/support/real_time.hpp"

namespace spillway::template_file_test {

using namespace spillway::testing;

namespace {

Backend burst(std::string group, std::string ip = "10.0.0.4") {
  return {.group = {std::move(group)}, .workload = "web", .ip = std::move(ip), .port = 80};
}

/// A template, a file, and commands that write down that they ran and what they saw.
struct World {
  World() {
    write_template("base\n{{#replicas}}\n{{group}} {{address}} {{state}}\n{{/replicas}}\n");
    settings.template_path = path("web.tmpl");
    settings.file = path("web.conf");
    settings.validate = {"sh", "-c",
                         "echo validate >> " + path("log") + "; cat {{file}} > " + path("seen") +
                             "; " + "test ! -e " + path("bad") +
                             " || { echo 'it is bad' >&2; exit 3; }"};
    settings.reload = {"sh", "-c",
                       "echo reload >> " + path("log") + "; test ! -e " + path("down") +
                           " || { echo 'not running'; exit 1; }"};
    scratch.write("web.conf", "base\n");
  }

  void start() {
    auto made =
        template_file::make_template_file_traffic(time.context, time.clock, "edge", settings);
    REQUIRE(made);
    traffic = *made;
  }
  std::string path(const std::string& name) const { return (scratch.path() / name).string(); }
  void write_template(std::string_view text) const { scratch.write("web.tmpl", text); }
  std::string text(const std::string& name) const {
    const auto content = io::read_file(path(name), 1 << 20);
    return content ? *content : "";
  }
  void forget(const std::string& name) const { std::filesystem::remove(path(name)); }
  std::vector<ListedBackend> list() {
    auto listed = time.run(traffic->list("web", time.soon()));
    REQUIRE(listed);
    return *listed;
  }
  Result<void> admit(const Backend& backend) {
    return time.run(traffic->admit(backend, time.soon()));
  }
  Result<void> evict(const Backend& backend) {
    return time.run(traffic->evict(backend, time.soon()));
  }
  std::vector<Result<void>> carry_out(const std::vector<TrafficCall>& calls) {
    return time.run(traffic->carry_out(calls, time.soon()));
  }

  RealTime time{};
  ScratchDirectory scratch{};
  template_file::Settings settings{};
  std::shared_ptr<Traffic> traffic{};
};

}  // namespace

TEST_CASE("the file is checked and then read by the balancer, once for all calls of a tick") {
  World world{};
  world.start();
  std::vector<TrafficCall> calls{};
  for (int i{0}; i < 50; ++i) {
    calls.push_back({TrafficCall::Kind::admit, burst("web-" + std::to_string(100 + i))});
  }
  const auto answers = world.carry_out(calls);
  CHECK(answers.size() == 50);
  for (const auto& answer : answers) CHECK(answer);
  CHECK(world.list().size() == 50);
  CHECK(world.text("log") == "validate\nreload\n");
  CHECK(world.text("web.conf").starts_with("base\nweb-100 10.0.0.4:80 admitted\nweb-101 "));
  CHECK(world.carry_out(calls).size() == 50);
  CHECK(world.text("log") == "validate\nreload\n");  // nothing changed
}

TEST_CASE("a file that does not pass the check is taken back, with what the check printed") {
  World world{};
  world.start();
  CHECK(world.admit(burst("web-1")));
  const std::string good{world.text("web.conf")};
  world.scratch.write("bad", "");
  const auto refused = world.admit(burst("web-2"));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::bad_request);
  CHECK(refused.error().context.find("exit code 3: it is bad") != std::string::npos);
  CHECK(refused.error().context.find("is as it was") != std::string::npos);
  CHECK(world.text("seen").find("web-2") != std::string::npos);
  CHECK(world.text("web.conf") == good);
  REQUIRE(world.list().size() == 1);
  CHECK(world.list().front().backend.group.name == "web-1");
  CHECK(world.text("log") == "validate\nreload\nvalidate\n");
  // Not tried again at once; another text is.
  CHECK(world.admit(burst("web-2")).error() == refused.error());
  CHECK(world.text("log") == "validate\nreload\nvalidate\n");
  world.forget("bad");
  CHECK(world.admit(burst("web-3")));
}

TEST_CASE("a check of the new file alone runs before that is in place") {
  World world{};
  world.settings.validate = {"sh", "-c",
                             "cat {{file}} > " + world.path("old") + "; cat {{new_file}} > " +
                                 world.path("seen") + "; ! grep -q web-2 {{new_file}}"};
  world.start();
  CHECK(world.admit(burst("web-1")));
  CHECK(world.text("old") == "base\n");
  CHECK(world.text("seen").find("web-1") != std::string::npos);
  const auto refused = world.admit(burst("web-2"));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().context.find("stays as it is") != std::string::npos);
  CHECK(world.text("web.conf").find("web-2") == std::string::npos);
  CHECK(world.text("log") == "reload\n");
  CHECK_FALSE(std::filesystem::exists(world.path(".web.conf.spillway-new")));
}

TEST_CASE("a reload that fails brings the old file back, and the balancer reads it again") {
  World world{};
  world.start();
  CHECK(world.admit(burst("web-1")));
  const std::string good{world.text("web.conf")};
  world.scratch.write("down", "");
  const auto refused = world.admit(burst("web-2"));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::unavailable);
  CHECK(refused.error().context.find("exit code 1: not running") != std::string::npos);
  CHECK(world.text("web.conf") == good);
  CHECK(world.text("log") == "validate\nreload\nvalidate\nreload\nreload\n");
  CHECK(world.list().size() == 1);
}

TEST_CASE("what somebody wrote into the file is replaced at the next tick") {
  World world{};
  world.start();
  const Backend first{burst("web-1")};
  CHECK(world.admit(first));
  const std::string good{world.text("web.conf")};
  world.scratch.write("web.conf", "edited\n");
  REQUIRE(world.list().size() == 1);
  CHECK(world.list().front().state == BackendState::partial);
  for (const auto& answer : world.carry_out(reconcile({{first}}, world.list()))) CHECK(answer);
  CHECK(world.text("web.conf") == good);
  CHECK(reconcile({{first}}, world.list()).empty());
}

TEST_CASE("a text of nobody knows whom is replaced even if nothing is wanted") {
  World world{};
  world.scratch.write("web.conf", "base\nweb-9 10.9.9.9:80 admitted\n");  // of an earlier run
  world.start();
  const auto calls = reconcile({}, world.list());
  REQUIRE(calls.size() == 1);
  for (const auto& answer : world.carry_out(calls)) CHECK(answer);
  CHECK(world.text("web.conf") == "base\n");
  CHECK(world.list().empty());
}

TEST_CASE("after a restart of ours one reload brings what is wanted, and what is gone is out") {
  World world{};
  world.start();
  const Backend kept{burst("web-1")};
  CHECK(
      world
          .carry_out({{TrafficCall::Kind::admit, kept}, {TrafficCall::Kind::admit, burst("web-2")}})
          .size() == 2);
  world.forget("log");
  world.start();
  for (const auto& answer : world.carry_out(reconcile({{kept}}, world.list()))) CHECK(answer);
  CHECK(world.text("web.conf") == "base\nweb-1 10.0.0.4:80 admitted\n");
  CHECK(world.text("log") == "validate\nreload\n");
  CHECK(reconcile({{kept}}, world.list()).empty());
}

TEST_CASE("after a kill between placing and reload the balancer reads the file after all, once") {
  World world{};
  world.start();
  const Backend gone{burst("web-1")};
  CHECK(world.admit(gone));
  world.scratch.write("web.conf", "base\n");  // placed by the evict of a run that was killed there
  world.forget("log");
  world.start();
  CHECK(world.list().empty());
  CHECK(world.text("log") == "reload\n");
  CHECK(world.list().empty());
  CHECK(world.text("log") == "reload\n");
}

TEST_CASE("while that first reload fails nothing is known of the balancer") {
  World world{};
  world.start();
  world.scratch.write("down", "");
  CHECK_FALSE(world.time.run(world.traffic->list("web", world.time.soon())));
  world.forget("down");
  CHECK(world.list().empty());
}

TEST_CASE("a changed template is taken over; a broken one is not, and nothing stops") {
  World world{};
  world.start();
  const Backend first{burst("web-1")};
  CHECK(world.admit(first));
  world.write_template("{{#replicas}}new {{group}}{{/replicas}}");
  for (const auto& answer : world.carry_out(reconcile({{first}}, world.list()))) CHECK(answer);
  CHECK(world.text("web.conf") == "new web-1");
  world.write_template("{{#replicas}}{{nothing}}{{/replicas}}");
  CHECK(reconcile({{first}}, world.list()).empty());
  CHECK(world.admit(burst("web-2")));
  CHECK(world.text("web.conf") == "new web-1new web-2");
  world.forget("web.tmpl");
  CHECK(world.evict(first));
  CHECK(world.text("web.conf") == "new web-2");
}

TEST_CASE("permissions and a symbolic link survive") {
  World world{};
  world.scratch.write("real.conf", "base\n");
  world.forget("web.conf");
  std::filesystem::create_symlink(world.path("real.conf"), world.path("web.conf"));
  ::chmod(world.path("real.conf").c_str(), 0640);
  world.start();
  CHECK(world.admit(burst("web-1")));
  CHECK(std::filesystem::is_symlink(world.path("web.conf")));
  CHECK(world.text("real.conf").find("web-1") != std::string::npos);
  struct stat now {};
  REQUIRE(::stat(world.path("real.conf").c_str(), &now) == 0);
  CHECK((now.st_mode & 07777) == 0640);
}

TEST_CASE("a file that was not there is gone again when the first change fails") {
  World world{};
  world.forget("web.conf");
  world.scratch.write("bad", "");
  world.start();
  CHECK_FALSE(world.admit(burst("web-1")));
  CHECK_FALSE(std::filesystem::exists(world.path("web.conf")));
}

TEST_CASE("a command that hangs is killed after its time, and the old file comes back") {
  World world{};
  world.settings.reload = {"sh", "-c", "exec sleep 600"};
  world.settings.timeout = std::chrono::milliseconds{100};
  world.start();
  const auto refused = world.admit(burst("web-1"));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::timeout);
  CHECK(world.text("web.conf") == "base\n");
}

TEST_CASE("a program that is not there is a mistake of the config, said in its words") {
  World world{};
  world.settings.validate = {"spillway-no-such-program"};
  world.start();
  const auto refused = world.admit(burst("web-1"));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::bad_request);
  CHECK(refused.error().context.find("no program spillway-no-such-program in PATH") !=
        std::string::npos);
}

TEST_CASE("one file for two workloads is refused, with what to write") {
  World world{};
  world.start();
  CHECK(world.admit(burst("web-1")));
  Backend other{burst("shop-1")};
  other.workload = "shop";
  const auto refused = world.admit(other);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::bad_request);
  CHECK(refused.error().context.find("{{workload}}") != std::string::npos);
}

TEST_CASE("a template that cannot be read or parsed is an error at the start") {
  World world{};
  world.write_template("{{#replicas}}");
  const auto broken = template_file::make_template_file_traffic(
      world.time.context, world.time.clock, "edge", world.settings);
  REQUIRE_FALSE(broken);
  CHECK(broken.error().context.find("web.tmpl: line 1, column 1") != std::string::npos);
  world.forget("web.tmpl");
  CHECK(template_file::make_template_file_traffic(world.time.context, world.time.clock, "edge",
                                                  world.settings)
            .error()
            .code == Errc::not_found);
}

TEST_CASE("weights in the file are relative to those of the base servers") {
  template_file::Settings settings{};
  CHECK(template_file::weight_in_file(settings, 100) == 1);
  CHECK(template_file::weight_in_file(settings, 10) == 1);
  settings.base_weight = 10;
  CHECK(template_file::weight_in_file(settings, 50) == 5);
  CHECK(template_file::weight_in_file(settings, 400) == 40);
}

}  // namespace spillway::template_file_test
