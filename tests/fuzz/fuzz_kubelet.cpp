// What is asked of a node's kubelet port: nothing that is understood names more than one pod.

#include <algorithm>

#include "controller/core/error.hpp"
#include "controller/virtual_node/kubelet_request.hpp"
#include "tests/fuzz/input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace spillway;
  using namespace spillway::virtual_node;
  const KubeletRequest asked{parse_kubelet_request("GET", fuzz::text(data, size))};
  if (const auto* const logs = std::get_if<LogRequest>(&asked)) {
    SPILLWAY_ASSERT(std::ranges::count(logs->pod, '/') == 1 && !logs->container.empty());
    SPILLWAY_ASSERT(logs->tail_lines.value_or(0) >= 0);
  } else if (const auto* const refusal = std::get_if<KubeletRefusal>(&asked)) {
    SPILLWAY_ASSERT(refusal->status >= 400 && !refusal->words.empty());
  }
  return 0;
}
