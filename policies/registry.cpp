#include "policies/registry.hpp"

#include <array>

#include "policies/latency/auto/auto_policy.hpp"
#include "policies/latency/saturation.hpp"
#include "policies/latency/target_utilization.hpp"

namespace spillway {
namespace {

template <class P>
class Draft final : public PolicyDraft {
 public:
  std::string_view type() const override { return P::type; }
  std::string_view help() const override { return P::help; }
  void describe(Fields& fields) override { spillway::describe(fields, settings_); }
  std::unique_ptr<Policy> build() const override { return std::make_unique<P>(settings_); }

 private:
  typename P::Settings settings_{};
};

template <class P>
std::unique_ptr<PolicyDraft> draft() {
  return std::make_unique<Draft<P>>();
}

struct Entry {
  std::string_view type;
  std::unique_ptr<PolicyDraft> (*draft)();
};

constexpr std::array entries{
    Entry{AutoPolicy::type, &draft<AutoPolicy>},
    Entry{Saturation::type, &draft<Saturation>},
    Entry{TargetUtilization::type, &draft<TargetUtilization>},
};

}  // namespace

std::span<const std::string_view> policy_types() {
  static constexpr auto types{[] {
    std::array<std::string_view, entries.size()> names{};
    for (std::size_t i{0}; i < entries.size(); ++i) names[i] = entries[i].type;
    return names;
  }()};
  return types;
}

std::unique_ptr<PolicyDraft> draft_policy(std::string_view type) {
  for (const Entry& entry : entries) {
    if (entry.type == type) return entry.draft();
  }
  return nullptr;
}

}  // namespace spillway
