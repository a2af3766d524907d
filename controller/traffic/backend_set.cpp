#include "controller/traffic/backend_set.hpp"

namespace spillway {

BackendSet after(BackendSet backends, const std::vector<TrafficCall>& calls) {
  for (const TrafficCall& call : calls) {
    const std::string& group{call.backend.group.name};
    if (call.kind == TrafficCall::Kind::evict) {
      backends.erase(group);
    } else if (call.kind == TrafficCall::Kind::admit) {
      backends[group] = {.backend = call.backend, .state = BackendState::admitted};
    } else if (const auto found = backends.find(group); found != backends.end()) {
      if (found->second.state == BackendState::partial) found->second.backend = call.backend;
      found->second.state = BackendState::draining;
    }
  }
  return backends;
}

}  // namespace spillway
