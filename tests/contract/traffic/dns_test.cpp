// What only a real name server can show: its records, its refusals, and somebody else beside us.
#include <boost/asio/co_spawn.hpp>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "controller/traffic/reconcile.hpp"
#include "tests/contract/traffic/worlds.hpp"
#include "tests/support/printing.hpp"
#include "tests/support/skip.hpp"

namespace spillway::dns_test {

using namespace spillway::testing;

namespace {

using World = DnsWorld;

Result<void> admit(World& world, const Backend& backend) {
  return world.time().run(world.traffic().admit(backend, world.time().soon()));
}
Result<void> drain(World& world, const Backend& backend) {
  return world.time().run(world.traffic().drain(backend, world.time().soon()));
}
Result<void> evict(World& world, const Backend& backend) {
  return world.time().run(world.traffic().evict(backend, world.time().soon()));
}
std::vector<ListedBackend> list(World& world, const std::string& workload = "web") {
  const auto listed = world.time().run(world.traffic().list(workload, world.time().soon()));
  REQUIRE(listed);
  return *listed;
}

std::set<std::string> records(World& world, const std::string& name,
                              std::uint16_t type = dns::type::a) {
  dns::Server server{world.rig().settings(), world.time().clock};
  const auto found = world.time().run(server.records(name, type, world.time().soon()));
  REQUIRE(found);
  return {found->begin(), found->end()};
}

std::string address(const std::string& ip) {
  return *dns::address_data(ip);
}

/// The answer to an admit with other settings.
Error refused(World& world, const dns::Settings& settings, std::string workload = "web") {
  dns::DnsTraffic traffic{"names", settings, world.time().clock};
  const Backend backend{world.backend("x-1", std::move(workload))};
  const auto answer = world.time().run(traffic.admit(backend, world.time().soon()));
  REQUIRE_FALSE(answer);
  return answer.error();
}

bool has(const Error& error, std::string_view part) {
  CAPTURE(error.context);
  return error.context.find(part) != std::string::npos;
}

}  // namespace

#define NEEDS_NAMED() \
  if (!World::is_available()) return skip_test(World::reason)

TEST_CASE("a name gets an address when a replica is admitted, and loses it when that drains") {
  NEEDS_NAMED();
  World world{};
  const std::string other{address("192.0.2.1")};
  const Backend backend{world.backend("web-1")};
  CHECK(records(world, "web.example.test") == std::set{other});
  CHECK(admit(world, backend));
  CHECK(records(world, "web.example.test") == std::set{other, address(backend.ip)});
  CHECK(drain(world, backend));
  CHECK(records(world, "web.example.test") == std::set{other});
  CHECK(list(world).at(0).state == BackendState::draining);
  CHECK(evict(world, backend));
  CHECK(list(world).empty());
  CHECK(records(world, "_spillway.web.example.test", dns::type::txt) ==
        std::set{dns::txt_data("note=of somebody else")});
}

TEST_CASE("IPv6 replicas get AAAA records") {
  NEEDS_NAMED();
  World world{};
  Backend backend{world.backend("web-1")};
  backend.ip = "fd00::7";
  CHECK(admit(world, backend));
  CHECK(list(world).at(0).backend == backend);
  CHECK(records(world, "web.example.test", dns::type::aaaa) == std::set{address("fd00::7")});
  CHECK(evict(world, backend));
  CHECK(records(world, "web.example.test", dns::type::aaaa).empty());
}

TEST_CASE("a name server that restarts keeps its records, and nothing has to be done") {
  NEEDS_NAMED();
  World world{};
  const Backend first{world.backend("web-1")};
  const Backend second{world.backend("web-2")};
  CHECK(admit(world, first));
  CHECK(admit(world, second));
  CHECK(drain(world, second));
  world.rig().restart_with_updates();
  CHECK(reconcile({{first}, {second, BackendState::draining}}, list(world)).empty());
}

TEST_CASE("a record that somebody removed or added for us is seen and repaired") {
  NEEDS_NAMED();
  World world{};
  const Backend backend{world.backend("web-1")};
  CHECK(admit(world, backend));
  dns::Server server{world.rig().settings(), world.time().clock};
  dns::Message removal{};
  removal.flags = dns::flags_of(dns::Opcode::update);
  removal.questions.push_back({"example.test", dns::type::soa, dns::dns_class::in});
  removal.authorities.push_back(
      {"web.example.test", dns::type::a, dns::dns_class::none, 0, address(backend.ip)});
  CHECK(world.time().run(server.update(removal, world.time().soon())));
  CHECK(list(world).at(0).state == BackendState::partial);
  CHECK(admit(world, backend));
  CHECK(records(world, "web.example.test").contains(address(backend.ip)));
  CHECK(drain(world, backend));
  removal.authorities.front() = {"web.example.test", dns::type::a, dns::dns_class::in, 30,
                                 address(backend.ip)};
  CHECK(world.time().run(server.update(removal, world.time().soon())));
  CHECK(list(world).at(0).state == BackendState::partial);
  CHECK(drain(world, backend));
  CHECK_FALSE(records(world, "web.example.test").contains(address(backend.ip)));
}

TEST_CASE("two controllers in one zone do not see or undo each other") {
  NEEDS_NAMED();
  World world{};
  dns::Settings settings{world.rig().settings()};
  settings.owner = "west";
  dns::DnsTraffic west{"names", settings, world.time().clock};
  const Backend ours{world.backend("web-1")};
  const Backend theirs{world.backend("web-2")};
  int done{0};
  for (Traffic* const each : {&world.traffic(), static_cast<Traffic*>(&west)}) {
    const Backend& backend{each == &west ? theirs : ours};
    boost::asio::co_spawn(world.time().context, each->admit(backend, world.time().soon()),
                          [&done](std::exception_ptr, Result<void> admitted) {
                            CHECK(admitted);
                            ++done;
                          });
  }
  world.time().drive([&] { return done == 2; });
  REQUIRE(list(world).size() == 1);
  CHECK(list(world).front().backend == ours);
  CHECK(records(world, "web.example.test").size() == 3);
  CHECK(evict(world, ours));
  CHECK(records(world, "web.example.test").contains(address(theirs.ip)));
}

TEST_CASE("many replicas are one update, and one that is refused changes nothing") {
  NEEDS_NAMED();
  World world{};
  const auto calls_for = [&world](int begin, int end) {
    std::vector<TrafficCall> calls{};
    for (int i{begin}; i < end; ++i) {
      Backend backend{world.backend("web-" + std::to_string(i))};
      backend.ip = "10.1." + std::to_string(i / 200) + "." + std::to_string(i % 200);
      calls.push_back({TrafficCall::Kind::admit, backend});
    }
    return calls;
  };
  const auto begin = std::chrono::steady_clock::now();
  const auto many = calls_for(0, 90);
  for (const auto& done : world.time().run(world.traffic().carry_out(many, world.time().soon())))
    CHECK(done);
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - begin);
  MESSAGE("90 replicas admitted in " << took.count() << " ms");
  CHECK(list(world).size() == 90);
  CHECK(records(world, "web.example.test").size() == 91);
  // BIND 9.18 has a limit of its own.
  const auto too_many = calls_for(90, 300);
  const auto refused_all =
      world.time().run(world.traffic().carry_out(too_many, world.time().soon()));
  REQUIRE(refused_all.size() == 210);
  REQUIRE_FALSE(refused_all.front());
  CHECK(has(refused_all.front().error(), "max-records-per-type"));
  CHECK(list(world).size() == 90);
}

TEST_CASE("what the server refuses is said in words that name the setting") {
  NEEDS_NAMED();
  World world{};
  dns::Settings settings{world.rig().settings()};

  settings.zone = "closed.test";
  CHECK(refused(world, settings).code == Errc::denied);
  CHECK(has(refused(world, settings), "REFUSED: the key \"spillway\" may not do this"));

  settings.zone = "absent.test";
  CHECK(has(refused(world, settings), "REFUSED"));  // already when it is asked
  dns::Server server{settings, world.time().clock};
  dns::Message update{};
  update.flags = dns::flags_of(dns::Opcode::update);
  update.questions.push_back({"absent.test", dns::type::soa, dns::dns_class::in});
  const auto not_its_zone = world.time().run(server.update(update, world.time().soon()));
  REQUIRE_FALSE(not_its_zone);
  CHECK(not_its_zone.error().code == Errc::bad_request);
  CHECK(has(not_its_zone.error(), "NOTAUTH"));

  settings = world.rig().settings();
  settings.key.name = "nobody";
  CHECK(refused(world, settings).code == Errc::denied);
  CHECK(has(refused(world, settings), "BADKEY: the server knows no key \"nobody\""));

  settings = world.rig().settings();
  settings.key.secret = "d3Jvbmc=";
  CHECK(refused(world, settings).code == Errc::denied);
  CHECK(has(refused(world, settings), "BADSIG: the secret of the key \"spillway\""));

  settings = world.rig().settings();
  settings.has_key = false;
  CHECK(has(refused(world, settings), "REFUSED: without a `key` this is not allowed"));

  settings = world.rig().settings();
  settings.name = "alias";
  CHECK(refused(world, settings).code == Errc::bad_request);
  CHECK(has(refused(world, settings), "alias.example.test is an alias (CNAME)"));

  settings = world.rig().settings();
  CHECK(has(refused(world, settings, "a b"), "cannot be a name in DNS"));
}

TEST_CASE("clocks that are apart are told with the difference") {
  NEEDS_NAMED();
  World world{};
  struct LateClock final : io::Clock {
    explicit LateClock(io::Clock& real) : clock{real} {}
    TimePoint now() const override { return clock.now() - std::chrono::hours{1}; }
    boost::asio::awaitable<Result<void>> sleep_until(TimePoint at) override {
      return clock.sleep_until(at + std::chrono::hours{1});
    }
    io::Clock& clock;
  };
  LateClock late{world.time().clock};
  dns::DnsTraffic traffic{"names", world.rig().settings(), late};
  const io::Deadline soon{io::deadline_after(late, std::chrono::seconds{10})};
  const auto listed = world.time().run(traffic.list("web", soon));
  REQUIRE_FALSE(listed);
  CHECK(listed.error().code == Errc::denied);
  CHECK(has(listed.error(), "BADTIME: the server's clock is 3600 s off ours"));
}

TEST_CASE("a name server that is not running is unavailable, never an empty list") {
  NEEDS_NAMED();
  World world{};
  world.rig().stop();
  const auto listed = world.time().run(world.traffic().list("web", world.time().soon()));
  REQUIRE_FALSE(listed);
  CHECK(listed.error().code == Errc::unavailable);
}

}  // namespace spillway::dns_test
