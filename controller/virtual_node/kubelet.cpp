// The answers that the API server gets from this node's kubelet port: who may ask has been decided
// by TLS before. The rest of VirtualNode is in virtual_node.cpp.
#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <limits>
#include <utility>
#include <variant>

#include "controller/kubernetes/json_fields.hpp"
#include "controller/virtual_node/kubelet_request.hpp"
#include "controller/virtual_node/virtual_node.hpp"

namespace spillway::virtual_node {

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

constexpr Duration logs_timeout{std::chrono::seconds{20}};

io::HttpResponse say(int status, std::string words) {
  io::HttpResponse response{};
  response.status = status;
  response.headers.set("Content-Type", "text/plain; charset=utf-8");
  response.body = std::move(words);
  return response;
}

/// A refusal of exec and its kind, whose clients read nothing but such an object.
io::HttpResponse say_status(int status, const std::string& words) {
  const json::object object{{"kind", "Status"}, {"apiVersion", "v1"},         {"status", "Failure"},
                            {"message", words}, {"reason", "NotImplemented"}, {"code", status}};
  io::HttpResponse response{say(status, json::serialize(object))};
  response.headers.set("Content-Type", "application/json");
  return response;
}

/// The one container of a pod whose output the provider hands out.
std::string main_container(const BoundPod& pod) {
  kubernetes::FieldReader fields{};
  const auto* const spec = fields.object(pod.object.get(), "spec");
  const auto containers = fields.objects(spec, "containers");
  return containers.empty() ? std::string{} : fields.text(containers.front(), "name");
}

int status_of(Errc code) {
  switch (code) {
    case Errc::not_found:
      return 404;
    case Errc::throttled:
      return 429;
    case Errc::timeout:
      return 504;
    default:
      return 502;
  }
}

}  // namespace

asio::awaitable<io::HttpResponse> VirtualNode::answer_kubelet(io::HttpRequest request) {
  const KubeletRequest asked{parse_kubelet_request(request.method, request.url.target)};
  if (std::holds_alternative<HealthRequest>(asked)) co_return say(200, "ok");
  if (const auto* const refusal = std::get_if<KubeletRefusal>(&asked)) {
    if (refusal->status == 501) co_return say_status(refusal->status, refusal->words);
    co_return say(refusal->status, refusal->words + "\n");
  }
  const LogRequest logs{std::get<LogRequest>(asked)};
  const BoundPod* const pod{pods_.find(logs.pod)};
  if (pod == nullptr) {
    co_return say(404, fmt::format("no pod {} runs on {}\n", logs.pod, settings_.name));
  }
  const std::string container{main_container(*pod)};
  if (logs.container != container) {
    co_return say(
        400, fmt::format("only the output of the first container, {}, can be read\n", container));
  }
  GroupId id{group_name(settings_.name, pod->metadata.uid)};
  const int lines{logs.tail_lines.value_or(std::numeric_limits<int>::max())};
  if (lines == 0) co_return say(200, "");
  auto output = co_await parts_.provider.logs(std::move(id), lines,
                                              io::deadline_after(parts_.clock, logs_timeout));
  if (!output) co_return say(status_of(output.error().code), to_string(output.error()) + "\n");
  if (logs.bytes_max && output->size() > *logs.bytes_max) output->resize(*logs.bytes_max);
  co_return say(200, std::move(*output));
}

}  // namespace spillway::virtual_node
