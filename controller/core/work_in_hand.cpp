#include "controller/core/work_in_hand.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace spillway {
namespace {

/// `10.0.0.4` of `10.0.0.4:9102`, `fd00::4` of `[fd00::4]:9102`; else the text as it is.
std::string_view host_of(std::string_view instance) {
  if (instance.starts_with('[')) {
    const std::size_t end{instance.find(']')};
    return end == std::string_view::npos ? instance : instance.substr(1, end - 1);
  }
  const std::size_t colon{instance.find(':')};
  const bool has_port{colon != std::string_view::npos && instance.rfind(':') == colon};
  return has_port ? instance.substr(0, colon) : instance;
}

std::optional<InHand> exactly(const WorkInHand& work, std::string_view label) {
  const auto found{work.find(label)};
  return found == work.end() ? std::nullopt : std::optional{found->second};
}

}  // namespace

std::optional<InHand> in_hand_of(const WorkInHand& work, const GroupId& group, std::string_view ip,
                                 int port) {
  if (const auto named{exactly(work, group.name)}) return named;
  if (ip.empty()) return std::nullopt;
  const bool is_ipv6{ip.find(':') != std::string_view::npos};
  const std::string address{is_ipv6 ? fmt::format("[{}]:{}", ip, port)
                                    : fmt::format("{}:{}", ip, port)};
  if (const auto own{exactly(work, address)}) return own;
  std::optional<InHand> together{};
  for (const auto& [label, in_hand] : work) {
    if (host_of(label) != ip) continue;
    if (!together) {
      together = in_hand;
      continue;
    }
    together->jobs += in_hand.jobs;
    together->sampled_at = std::min(together->sampled_at, in_hand.sampled_at);
  }
  return together;
}

int whole_jobs(double jobs) {
  constexpr double most{1e6};  // far beyond what one replica can have in hand
  return static_cast<int>(std::ceil(std::clamp(jobs, 0.0, most)));
}

}  // namespace spillway
