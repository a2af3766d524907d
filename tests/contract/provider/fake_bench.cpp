#include "tests/contract/provider/provider_bench.hpp"
#include "tests/support/fake_provider.hpp"

namespace spillway::testing {

namespace {

using Call = FakeProvider::Call;

class FakeBench final : public ProviderBench {
 public:
  FakeBench() : ProviderBench{false} {}

  BurstProvider& provider() override { return cloud_; }
  void pass(Duration time) override { clock.advance_by(time); }
  std::vector<std::string> names() override { return cloud_.names(); }
  void add_foreign(std::string name, std::string owner) override {
    cloud_.add_foreign(std::move(name), std::move(owner));
  }
  void refuse_next_create(Errc kind) override {
    cloud_.fail_next(Call::create, Error{kind, "scripted"});
  }
  void throttle_next_create(std::optional<Duration> retry_after) override {
    cloud_.fail_next(Call::create, Error{Errc::throttled, "scripted", retry_after});
  }
  void lose_next_create_answer() override { cloud_.lose_next_answer(Call::create); }
  void fail_next_start() override { cloud_.fail_next_start("InsufficientCapacity."); }
  void move(const std::string& name) override { cloud_.move(name); }
  void fail_next_list() override {
    cloud_.fail_next(Call::list, Error{Errc::unavailable, "scripted"});
  }

 private:
  FakeProvider cloud_{clock};
};

}  // namespace

GroupRequest ProviderBench::usual_request(std::string name) const {
  GroupRequest request{};
  request.id.name = std::move(name);
  request.place.subscription = "00000000-0000-0000-0000-000000000000";
  request.place.region = "eastus";
  request.size = GroupSize{.vcpu = 1.0, .memory_gb = 1.5, .replicas = Replicas{2}};
  request.replica.image = "registry.example/web:1";
  request.replica.env = {{"MODE", "burst"}};
  request.replica.secure_env = {{"TOKEN", "hidden"}};
  request.replica.port = 8080;
  request.tags = OwnerTags{.owner = "test",
                           .workload = "web",
                           .template_hash = template_hash(request.replica),
                           .created_at = clock.now()};
  return request;
}

std::unique_ptr<ProviderBench> make_fake_bench() {
  return std::make_unique<FakeBench>();
}

}  // namespace spillway::testing
