// Hundreds of groups that are looked up each tick, beside a few that are to be removed and created:
// who gets the tokens of Azure's buckets.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "controller/io/gather.hpp"
#include "controller/provider/aci/aci_provider.hpp"
#include "tests/provider/arm_rig.hpp"
#include "tests/support/caught_log.hpp"
#include "tests/support/printing.hpp"

namespace spillway::aci::removals_first_test {
namespace {

using namespace std::chrono_literals;

/// ARM with the buckets of a subscription: every group exists until it is deleted.
class Azure final : public io::HttpClient {
 public:
  explicit Azure(io::Clock& clock) : clock_{clock} {}

  boost::asio::awaitable<Result<io::HttpResponse>> send(io::HttpRequest request,
                                                        io::Deadline) override {
    const std::string path{request.url.target.substr(0, request.url.target.find('?'))};
    const std::string name{path.substr(path.rfind('/') + 1)};
    ++sent[request.method];
    Bucket& bucket{
        buckets_.try_emplace(bucket_of(request.method), bucket_of(request.method), clock_.now())
            .first->second};
    if (!bucket.take(clock_.now())) {
      ++refused;
      co_return io::HttpResponse{429, {}, R"({"error":{"code":"TooManyRequests"}})"};
    }
    const std::string body{name == "containerGroups"
                               ? R"({"value":[]})"
                               : R"({"name":")" + name +
                                     R"(","tags":{"spillway-owner":"prod"},"properties":)"
                                     R"({"provisioningState":"Succeeded"}})"};
    io::Headers left{};
    const char* const word{request.method == "GET"      ? "reads"
                           : request.method == "DELETE" ? "deletes"
                                                        : "writes"};
    left.set(std::string{"x-ms-ratelimit-remaining-subscription-"} + word,
             std::to_string(static_cast<int>(bucket.left)));
    co_return io::HttpResponse{request.method == "GET" ? 200 : 202, std::move(left), body};
  }

  std::map<std::string, int> sent{};  ///< by method
  int refused{0};

 private:
  struct Bucket {
    Bucket(ArmBucket kind, TimePoint now) : limits{limits_of(kind)}, left{limits.size}, at{now} {}
    bool take(TimePoint now) {
      left = std::min(limits.size, left + limits.per_second * seconds(now - at));
      at = now;
      if (left < 1.0 - 1e-6) return false;
      left -= 1.0;
      return true;
    }
    BucketLimits limits;
    double left;
    TimePoint at;
  };

  io::Clock& clock_;
  std::map<ArmBucket, Bucket> buckets_{};
};

struct Rush {
  static AciSettings settings() {
    AciSettings settings{rig::ArmRig::settings()};
    settings.creates = WindowLimits{.per_5_minutes = 10'000, .per_hour = 10'000};
    settings.deletes = settings.creates;
    return settings;
  }
  struct Count {
    int done{0};
    int throttled{0};
    Duration longest{0};  ///< of those that were done
  };

  template <class T>
  boost::asio::awaitable<bool> note(boost::asio::awaitable<Result<T>> call, Count& count) {
    const TimePoint began{clock.now()};
    const Result<T> answer = co_await std::move(call);
    if (!answer && answer.error().code == Errc::throttled) ++count.throttled;
    if (answer) ++count.done;
    if (answer) count.longest = std::max(count.longest, clock.now() - began);
    co_return answer.has_value();
  }
  GroupRequest request(std::string name) const {
    GroupRequest request{};
    request.id.name = std::move(name);
    request.place.region = "eastus";
    request.replica.image = "nginx";
    request.tags.owner = "prod";
    return request;
  }
  /// One tick: the look-ups come first, as their names do.
  void tick(int round, int look_up_count, int remove_count, int create_count) {
    const io::Deadline deadline{io::deadline_after(clock, 65s)};
    std::vector<boost::asio::awaitable<bool>> calls{};
    for (int i{0}; i < look_up_count; ++i) {
      calls.push_back(note(provider.get({"a-" + std::to_string(i)}, deadline), look_ups));
    }
    for (int i{0}; i < remove_count; ++i) {
      const std::string name{"r-" + std::to_string(round) + "-" + std::to_string(i)};
      calls.push_back(note(provider.remove({name}, deadline), removals));
    }
    for (int i{0}; i < create_count; ++i) {
      const std::string name{"c-" + std::to_string(round) + "-" + std::to_string(i)};
      calls.push_back(note(provider.create(request(name), deadline), creates));
    }
    calls.push_back(note(provider.list(deadline), listings));
    const std::size_t all{calls.size()};
    clock.run(io::gather(std::move(calls), all));
  }

  testing::CaughtLog log{};  // which would be a line for each of them
  boost::asio::io_context context{};
  testing::ManualClock clock{context};
  Azure azure{clock};
  io::SeededRandom random{7};
  rig::FixedCredential credential{};
  TokenSource tokens{clock, credential};
  ArmClient arm{azure, tokens, clock, random, rig::ArmRig::options()};
  AciProvider provider{arm, clock, settings(), "prod"};
  Count look_ups{};
  Count removals{};
  Count creates{};
  Count listings{};
};

TEST_CASE("removals starved behind the look-ups of hundreds of groups") {
  Rush rush{};
  constexpr int rounds{24};
  for (int round{0}; round < rounds; ++round) {
    const TimePoint next{rush.clock.now() + 5s};
    rush.tick(round, 600, 30, 5);
    rush.clock.advance_to(std::max(next, rush.clock.now()));
  }
  CHECK(rush.removals.throttled == 0);
  CHECK(rush.removals.done == rounds * 30);
  CHECK(rush.removals.longest <= 3s);
  CHECK(rush.azure.sent["DELETE"] == rounds * 30);
  CHECK(rush.listings.done == rounds);
  CHECK(rush.creates.done == rounds * 5);
  CHECK(rush.creates.longest == Duration::zero());
  CHECK(rush.azure.refused == 0);  // and Azure is never asked for more than it gives
}

TEST_CASE("a wave of removals leaves look-ups the larger part: what starts is seen to run") {
  Rush rush{};
  const TimePoint began{rush.clock.now()};
  constexpr int rounds{24};
  for (int round{0}; round < rounds; ++round) {
    const TimePoint next{rush.clock.now() + 5s};
    rush.tick(round, 600, 400, 5);
    rush.clock.advance_to(std::max(next, rush.clock.now()));
  }
  const double passed{seconds(rush.clock.now() - began)};
  CHECK(rush.look_ups.done >= 14.0 * passed);
  CHECK(rush.removals.done >= 9.0 * passed);
  CHECK(rush.creates.done == rounds * 5);
  CHECK(rush.creates.longest == Duration::zero());
  CHECK(rush.azure.refused == 0);
}

TEST_CASE("asking whether hundreds of groups are gone leaves tokens for the next deletes") {
  Rush rush{};
  rush.tick(0, 0, 250, 0);
  rush.clock.advance_by(1min);
  CHECK(rush.removals.done == 250);
  rush.removals.longest = Duration::zero();
  // Azure is slow: all of them are asked for, each tick, beside other look-ups.
  for (int round{1}; round < 12; ++round) {
    const TimePoint next{rush.clock.now() + 5s};
    const io::Deadline deadline{io::deadline_after(rush.clock, 65s)};
    std::vector<boost::asio::awaitable<bool>> calls{};
    for (int i{0}; i < 250; ++i) {
      const std::string number{std::to_string(i)};
      calls.push_back(rush.note(rush.provider.get({"a-" + number}, deadline), rush.look_ups));
      calls.push_back(rush.note(rush.provider.get({"r-0-" + number}, deadline), rush.look_ups));
    }
    const std::size_t all{calls.size()};
    rush.clock.run(io::gather(std::move(calls), all));
    rush.tick(round, 0, 20, 0);
    rush.clock.advance_to(std::max(next, rush.clock.now()));
  }
  CHECK(rush.removals.done == 250 + 11 * 20);
  CHECK(rush.removals.throttled == 0);
  CHECK(rush.removals.longest <= 3s);
  CHECK(rush.azure.refused == 0);
}

}  // namespace
}  // namespace spillway::aci::removals_first_test
