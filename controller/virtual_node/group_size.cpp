#include "controller/virtual_node/group_size.hpp"

#include <algorithm>
#include <cmath>

namespace spillway::virtual_node {

namespace {

/// The small subtraction keeps 0.3, which is not 0.3 in binary, from becoming 0.31.
double rounded_up_to(double amount, double steps_per_unit) {
  return std::max(1.0, std::ceil(amount * steps_per_unit - 1e-9)) / steps_per_unit;
}

double vcpu_share(double amount) {
  return rounded_up_to(amount, 100.0);
}

double memory_share(double amount) {
  return rounded_up_to(amount, 10.0);
}

}  // namespace

GroupSize take_rounded_size(DerivedReplica& described) {
  double others_vcpu{0.0};
  double others_memory_gb{0.0};
  double size_vcpu{0.0};
  double size_memory_gb{0.0};
  for (Sidecar& each : described.replica.sidecars) {
    others_vcpu += each.vcpu;
    others_memory_gb += each.memory_gb;
    each.vcpu = vcpu_share(each.vcpu);
    each.memory_gb = memory_share(each.memory_gb);
    size_vcpu += each.vcpu;
    size_memory_gb += each.memory_gb;
  }
  // What the pod asks for is the sum over all of its containers that ask.
  const double main_vcpu{described.vcpu.value_or(0.0) - others_vcpu};
  const double main_memory_gb{described.memory_gb.value_or(0.0) - others_memory_gb};
  constexpr double least{1e-6};
  size_vcpu += main_vcpu > least ? vcpu_share(main_vcpu) : 1.0;
  size_memory_gb += main_memory_gb > least ? memory_share(main_memory_gb) : 1.5;
  return {.vcpu = size_vcpu, .memory_gb = size_memory_gb};
}

}  // namespace spillway::virtual_node
