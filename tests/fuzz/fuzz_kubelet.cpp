// What is asked of a node's kubelet port: nothing that is understood names more than one pod. What
// a container has written, and what the API says of its pod.

#include <algorithm>
#include <string>

#include "controller/core/error.hpp"
#include "controller/kubernetes/json_fields.hpp"
#include "controller/virtual_node/kubelet_request.hpp"
#include "controller/virtual_node/log_text.hpp"
#include "controller/virtual_node/pod_status.hpp"
#include "tests/fuzz/input.hpp"

namespace spillway::fuzz_kubelet {

SPILLWAY_FUZZ_TARGET(kubelet, data, size) {
  using namespace spillway::virtual_node;
  const std::string text{fuzz::text(data, size)};
  SPILLWAY_ASSERT(lines_since(text, TimePoint{}, true).size() <= size);
  SPILLWAY_ASSERT(last_lines(text, 2).size() <= size);
  LogTail tail{};
  const std::string begin{text.substr(0, size / 2)};
  SPILLWAY_ASSERT(tail.news(begin) == begin);
  SPILLWAY_ASSERT(begin + tail.news(text) == text);
  if (const auto pod = kubernetes::parse_object(text)) {
    // Whatever it says of itself, what is made of that is told once.
    const auto patch = status_patch(*pod, state_in(*pod), TimePoint{});
    SPILLWAY_ASSERT(!patch || kubernetes::parse_object(*patch));
    SPILLWAY_ASSERT(shape_of(*pod).containers.size() <= size);
  }
  const KubeletRequest asked{parse_kubelet_request("GET", fuzz::text(data, size))};
  if (const auto* const logs = std::get_if<LogRequest>(&asked)) {
    SPILLWAY_ASSERT(std::ranges::count(logs->pod, '/') == 1 && !logs->container.empty());
    SPILLWAY_ASSERT(logs->tail_lines.value_or(0) >= 0);
  } else if (const auto* const remote = std::get_if<RemoteRequest>(&asked)) {
    SPILLWAY_ASSERT(std::ranges::count(remote->pod, '/') == 1 && !remote->container.empty());
    SPILLWAY_ASSERT(!(remote->streams.has_terminal && remote->streams.has_error));
  } else if (const auto* const refusal = std::get_if<KubeletRefusal>(&asked)) {
    SPILLWAY_ASSERT(refusal->status >= 400 && !refusal->words.empty());
  }
  return 0;
}

}  // namespace spillway::fuzz_kubelet
