// What every burst provider promises, run on the fake that scenario tests use and on the real
// adapter over the emulator. A case that only one of them passes is a bug in one of them.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/contract/provider/aci_bench.hpp"
#include "tests/contract/provider/provider_bench.hpp"
#include "tests/support/printing.hpp"

namespace spillway::testing::provider_contract_test {
namespace {

using namespace std::chrono_literals;
using Names = std::vector<std::string>;

/// Runs the rest of the case once for each bench.
std::unique_ptr<ProviderBench> each_bench() {
  std::unique_ptr<ProviderBench> bench{};
  SUBCASE("the fake cloud") {
    bench = make_fake_bench();
  }
  SUBCASE("ACI over the emulator") {
    bench = std::make_unique<AciBench>();
  }
  return bench;
}

Names listed(ProviderBench& bench) {
  const auto groups = bench.list();
  REQUIRE(groups);
  Names found{};
  for (const ProviderGroup& group : *groups) found.push_back(group.id.name);
  std::sort(found.begin(), found.end());
  return found;
}

TEST_CASE("a group lives: accepted, running with an address and a bill, deleted, gone") {
  const auto bench = each_bench();
  if (!bench) return;
  const GroupRequest request{bench->usual_request("web-1")};
  REQUIRE(bench->create(request));
  const auto accepted = bench->get("web-1");
  REQUIRE(accepted);
  CHECK(accepted->provisioning == Provisioning::pending);
  CHECK(accepted->running != Running::running);

  bench->pass(2min);
  const auto seen = bench->get("web-1");
  REQUIRE(seen);
  CHECK(seen->provisioning == Provisioning::succeeded);
  CHECK(seen->running == Running::running);
  CHECK(!seen->ip.empty());
  CHECK(seen->billed_since);
  CHECK(seen->tags == request.tags);
  CHECK(seen->size == request.size);
  CHECK(seen->place == request.place);
  CHECK(seen->restarts == 0);
  CHECK(listed(*bench) == Names{"web-1"});

  REQUIRE(bench->remove("web-1"));
  const auto leaving = bench->get("web-1");
  const bool is_leaving{leaving ? leaving->provisioning == Provisioning::deleting
                                : leaving.error().code == Errc::not_found};
  CHECK(is_leaving);
  bench->pass(1min);
  CHECK(bench->get("web-1").error().code == Errc::not_found);
  CHECK(bench->remove("web-1").error().code == Errc::not_found);
  CHECK(listed(*bench).empty());
  CHECK(bench->names().empty());
}

TEST_CASE("a listing tells tags, place and size, but not whether containers run") {
  const auto bench = each_bench();
  if (!bench) return;
  const GroupRequest request{bench->usual_request("web-1")};
  REQUIRE(bench->create(request));
  bench->pass(2min);
  const auto groups = bench->list();
  REQUIRE(groups);
  REQUIRE(groups->size() == 1);
  const ProviderGroup& group{groups->front()};
  CHECK(group.tags == request.tags);
  CHECK(group.place == request.place);
  CHECK(group.size == request.size);
  CHECK(group.provisioning == Provisioning::succeeded);
  CHECK(group.running == Running::unknown);
}

TEST_CASE("the same create twice makes one group and disturbs nothing") {
  const auto bench = each_bench();
  if (!bench) return;
  const GroupRequest request{bench->usual_request("web-1")};
  REQUIRE(bench->create(request));
  bench->pass(2min);
  const std::string before{bench->get("web-1")->ip};
  REQUIRE(bench->create(request));
  bench->pass(2min);
  const auto after = bench->get("web-1");
  REQUIRE(after);
  CHECK(after->running == Running::running);
  CHECK(after->ip == before);
  CHECK(bench->names() == Names{"web-1"});
}

TEST_CASE("what does not exist is not found, whoever asks for what") {
  const auto bench = each_bench();
  if (!bench) return;
  CHECK(bench->get("nothing").error().code == Errc::not_found);
  CHECK(bench->remove("nothing").error().code == Errc::not_found);
  CHECK(bench->run(bench->provider().logs({"nothing"}, 5, bench->in_a_minute())).error().code ==
        Errc::not_found);
}

TEST_CASE("a repeated delete is no error, and ends in not found") {
  const auto bench = each_bench();
  if (!bench) return;
  REQUIRE(bench->create("web-1"));
  bench->pass(2min);
  REQUIRE(bench->remove("web-1"));
  const auto again = bench->remove("web-1");
  const bool is_fine{again || again.error().code == Errc::not_found};
  CHECK(is_fine);
  bench->pass(1min);
  CHECK(bench->remove("web-1").error().code == Errc::not_found);
}

TEST_CASE("a listing has all pages, sorted out by owner") {
  const auto bench = each_bench();
  if (!bench) return;
  Names ours{};
  for (int i{0}; i < 7; ++i) {
    ours.push_back("web-" + std::to_string(i));
    REQUIRE(bench->create(ours.back()));
  }
  bench->add_foreign("aaa", "");
  bench->add_foreign("zzz", "somebody");
  CHECK(listed(*bench) == ours);
  CHECK(bench->names().size() == 9);
}

TEST_CASE("a failed listing is an error, never an empty cloud") {
  const auto bench = each_bench();
  if (!bench) return;
  REQUIRE(bench->create("web-1"));
  bench->fail_next_list();
  CHECK(bench->list().error().code == Errc::unavailable);
  CHECK(listed(*bench) == Names{"web-1"});
}

TEST_CASE("somebody else's group is never shown, read or deleted") {
  const auto bench = each_bench();
  if (!bench) return;
  bench->add_foreign("untagged", "");
  bench->add_foreign("theirs", "somebody");
  for (const char* name : {"untagged", "theirs"}) {
    CAPTURE(name);
    CHECK(bench->get(name).error().code == Errc::denied);
    CHECK(bench->remove(name).error().code == Errc::denied);
  }
  bench->pass(1min);
  CHECK(listed(*bench).empty());
  CHECK(bench->names() == Names{"theirs", "untagged"});
}

TEST_CASE("every refusal keeps its kind, and leaves nothing behind") {
  for (const Errc kind : {Errc::no_capacity, Errc::quota, Errc::registry, Errc::transitioning,
                          Errc::bad_request, Errc::denied, Errc::unavailable, Errc::timeout}) {
    CAPTURE(kind);
    for (const bool is_fake : {true, false}) {
      CAPTURE(is_fake);
      const std::unique_ptr<ProviderBench> bench{
          is_fake ? make_fake_bench() : std::unique_ptr<ProviderBench>{new AciBench{}}};
      bench->refuse_next_create(kind);
      const auto refused = bench->create("web-1");
      REQUIRE(!refused);
      CHECK(refused.error().code == kind);
      CHECK(bench->names().empty());
      CHECK(bench->create("web-1"));
      CHECK(bench->names() == Names{"web-1"});
    }
  }
}

TEST_CASE("a throttled create says when to come back, if the cloud does, and then succeeds") {
  const auto bench = each_bench();
  if (!bench) return;
  bench->throttle_next_create(30s);
  const auto throttled = bench->create("web-1");
  REQUIRE(!throttled);
  CHECK(throttled.error().code == Errc::throttled);
  CHECK(throttled.error().retry_after >= 30s);
  bench->pass(*throttled.error().retry_after);
  CHECK(bench->create("web-1"));

  bench->throttle_next_create(std::nullopt);
  const auto wordless = bench->create("web-2");
  REQUIRE(!wordless);
  CHECK(wordless.error().code == Errc::throttled);
  bench->pass(wordless.error().retry_after.value_or(1min));
  CHECK(bench->create("web-2"));
}

TEST_CASE("a lost answer may have created the group: asking for its name tells") {
  const auto bench = each_bench();
  if (!bench) return;
  bench->lose_next_create_answer();
  const auto unanswered = bench->create("web-1");
  if (!unanswered) {
    const Errc code{unanswered.error().code};
    const bool is_ambiguous{code == Errc::timeout || code == Errc::unavailable};
    CHECK(is_ambiguous);
  }
  CHECK(bench->get("web-1"));
  CHECK(bench->create("web-1"));
  CHECK(bench->names() == Names{"web-1"});
}

TEST_CASE("a delete during creation is put off, and works after it") {
  const auto bench = each_bench();
  if (!bench) return;
  REQUIRE(bench->create("web-1"));
  CHECK(bench->remove("web-1").error().code == Errc::transitioning);
  CHECK(bench->get("web-1"));
  bench->pass(2min);
  CHECK(bench->remove("web-1"));
  bench->pass(1min);
  CHECK(bench->names().empty());
}

TEST_CASE("a start that fails later stays, with its reason, until it is removed") {
  const auto bench = each_bench();
  if (!bench) return;
  bench->fail_next_start();
  REQUIRE(bench->create("web-1"));
  bench->pass(2min);
  const auto failed = bench->get("web-1");
  REQUIRE(failed);
  CHECK(failed->provisioning == Provisioning::failed);
  CHECK(failed->running != Running::running);
  CHECK(!failed->reason.empty());
  CHECK(failed->failed_with == Errc::no_capacity);
  CHECK(bench->names() == Names{"web-1"});
  CHECK(bench->remove("web-1"));
  bench->pass(1min);
  CHECK(bench->names().empty());
}

TEST_CASE("a group that the platform moved has another address") {
  const auto bench = each_bench();
  if (!bench) return;
  REQUIRE(bench->create("web-1"));
  bench->pass(2min);
  const std::string before{bench->get("web-1")->ip};
  bench->move("web-1");
  const auto after = bench->get("web-1");
  REQUIRE(after);
  CHECK(after->running == Running::running);
  CHECK(after->ip != before);
}

TEST_CASE("usages count groups and cores of the region") {
  const auto bench = each_bench();
  if (!bench) return;
  REQUIRE(bench->create("web-1"));
  REQUIRE(bench->create("web-2"));
  const Place place{bench->usual_request("x").place};
  const auto rows = bench->run(bench->provider().usages(place, bench->in_a_minute()));
  REQUIRE(rows);
  const auto row = [&](std::string_view name) {
    for (const Usage& usage : *rows) {
      if (usage.name == name) return usage;
    }
    return Usage{};
  };
  CHECK(row("ContainerGroups").used == 2);
  CHECK(row("ContainerGroups").limit == 100);
  CHECK(row("StandardCores").used == 2);
}

TEST_CASE("logs are what the container wrote") {
  const auto bench = each_bench();
  if (!bench) return;
  REQUIRE(bench->create("web-1"));
  bench->pass(2min);
  const auto logs = bench->run(bench->provider().logs({"web-1"}, 10, bench->in_a_minute()));
  REQUIRE(logs);
  CHECK(logs->find("started") != std::string::npos);
}

TEST_CASE("each create takes a token, and a hundred in five minutes are all there are") {
  const auto bench = each_bench();
  if (!bench) return;
  CHECK(bench->provider().create_tokens(bench->clock.now()) == 100);
  REQUIRE(bench->create("web-1"));
  CHECK(bench->provider().create_tokens(bench->clock.now()) == 99);
  bench->pass(5min);
  CHECK(bench->provider().create_tokens(bench->clock.now()) == 100);
}

TEST_CASE("a deadline that has passed costs a timeout and does nothing") {
  const auto bench = each_bench();
  if (!bench) return;
  const io::Deadline past{bench->clock.now() - 1s};
  const auto late = bench->run(bench->provider().create(bench->usual_request("web-1"), past));
  REQUIRE(!late);
  CHECK(late.error().code == Errc::timeout);
  CHECK(bench->names().empty());
}

}  // namespace
}  // namespace spillway::testing::provider_contract_test
