#include "controller/provider/vm_pool_limits.hpp"

namespace spillway {

void describe(Fields& fields, VmPoolLimits& limits) {
  fields.count("base", limits.base, {.max = 1000, .presence = Presence::required},
               "Machines that are always there; the pool is never made smaller than this.");
  fields.count("max", limits.max, {.min = 1, .max = 1000, .presence = Presence::required},
               "Most machines, the base included.");
  fields.count("replicas_per_vm", limits.replicas_per_vm, {.min = 1, .max = 1000},
               "Base replicas that one machine runs.");
  fields.flag("counted_by_cluster", limits.is_counted_by_cluster,
              "The cluster counts replicas on the extra machines among its base replicas (Swarm, "
              "Kubernetes); false for a fixed list of machines.");
  fields.duration("scale_in_after", limits.scale_in_after, {.max = std::chrono::hours{24}},
                  "How long fewer machines must be wanted before the pool is made smaller.");
  fields.require(limits.max >= limits.base, "\"max\" is smaller than \"base\"");
}

}  // namespace spillway
