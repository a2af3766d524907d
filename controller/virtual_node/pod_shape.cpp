#include "controller/virtual_node/pod_shape.hpp"

#include <algorithm>

#include "controller/kubernetes/json_fields.hpp"

namespace spillway::virtual_node {

PodShape shape_of(const boost::json::object& pod) {
  constexpr std::string_view default_container{"kubectl.kubernetes.io/default-container"};
  kubernetes::FieldReader fields{};
  PodShape shape{};
  const auto* const metadata = fields.object(&pod, "metadata");
  const auto* const spec = fields.object(&pod, "spec");
  const std::string policy{fields.text(spec, "restartPolicy")};
  if (policy == "OnFailure") shape.restart = RestartPolicy::on_failure;
  if (policy == "Never") shape.restart = RestartPolicy::never;
  const auto containers = fields.objects(spec, "containers");
  for (const auto* const each : containers) shape.containers.push_back(fields.text(each, "name"));
  if (containers.empty()) return shape;
  const auto annotations = fields.text_map(metadata, "annotations");
  const auto wanted = annotations.find(std::string{default_container});
  auto main{shape.containers.begin()};
  if (wanted != annotations.end()) main = std::ranges::find(shape.containers, wanted->second);
  if (main == shape.containers.end()) main = shape.containers.begin();
  shape.main = *main;
  const auto& container = *containers[static_cast<std::size_t>(main - shape.containers.begin())];
  shape.readiness = kubernetes::pod_probe(fields, container, "readinessProbe");
  for (const auto* const port : fields.objects(&container, "ports")) {
    const std::string protocol{fields.text(port, "protocol")};
    const bool is_tcp{protocol.empty() || protocol == "TCP"};
    const bool is_better{shape.first_port == 0 || fields.text(port, "name") == "http"};
    if (is_tcp && is_better) shape.first_port = fields.count(port, "containerPort");
  }
  return shape;
}

}  // namespace spillway::virtual_node
