// What of the kubelet port becomes a connection of its own: exec, attach and port-forward. What is
// known to be impossible is refused before the protocol changes, since clients show that best. The
// rest of VirtualNode is in virtual_node.cpp.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "controller/io/upgrade.hpp"
#include "controller/virtual_node/kubelet_answers.hpp"
#include "controller/virtual_node/remote/forward_session.hpp"
#include "controller/virtual_node/virtual_node.hpp"

namespace spillway::virtual_node {

/// Nothing: there may be one more, in this pod.
std::optional<io::HttpResponse> VirtualNode::refuse_session(const std::string& pod) const {
  const BoundPod* const bound{pods_.find(pod)};
  if (bound == nullptr) {
    return say_status(404, fmt::format("no pod {} runs on {}", pod, settings_.name));
  }
  const auto known = known_.find(bound->metadata.uid);
  const bool is_running{known != known_.end() && known->second.state.phase == PodPhase::running};
  if (!is_running) {
    return say_status(
        400, fmt::format("pod {} does not run: what it wrote is shown by `kubectl logs`", pod));
  }
  if (remote_->running >= settings_.kubelet.sessions) {
    return say_status(429, fmt::format("virtual_node.kubelet.sessions is {}: as many run already",
                                       settings_.kubelet.sessions));
  }
  return std::nullopt;
}

io::HttpReply VirtualNode::answer_remote(const io::HttpRequest& request, RemoteRequest asked) {
  if (auto refusal = refuse_session(asked.pod)) return std::move(*refusal);
  const BoundPod& pod{*pods_.find(asked.pod)};
  const PodShape shape{shape_of(*pod.object)};
  if (std::ranges::find(shape.containers, asked.container) == shape.containers.end()) {
    return say_status(404, fmt::format("pod {} has no container {}", asked.pod, asked.container));
  }
  if (parts_.terminals == nullptr) return say_status(501, "this provider opens no terminals");
  RemoteAgreement agreement{agree(request, asked.streams)};
  if (!agreement.wire) return say_status(agreement.status, agreement.refusal);
  RemoteCommand command{};
  command.group.name = group_name(settings_.name, pod.metadata.uid);
  const bool is_main{asked.container == shape.main};
  command.container = is_main ? std::string{main_container_name} : asked.container;
  command.who = fmt::format("{}/{}", asked.pod, asked.container);
  command.command = std::move(asked.command);
  command.streams = asked.streams;
  command.nonce = io::random_hex(parts_.random, 16);
  auto session = make_remote_session(parts_.clock, *parts_.terminals, std::move(agreement.wire),
                                     std::move(command), settings_.kubelet.session_idle, remote_);
  io::HttpResponse head{};
  head.headers = std::move(agreement.headers);
  return io::HttpReply{std::move(head), std::move(session), std::move(agreement.protocol)};
}

io::HttpReply VirtualNode::answer_forward(const io::HttpRequest& request,
                                          const ForwardRequest& asked) {
  if (auto refusal = refuse_session(asked.pod)) return std::move(*refusal);
  const std::string address{known_.at(pods_.find(asked.pod)->metadata.uid).state.ip};
  if (address.empty()) {
    return say_status(400, fmt::format("pod {} has no address that reaches it", asked.pod));
  }
  RemoteAgreement agreement{agree_on_forwarding(request)};
  if (agreement.protocol.empty()) return say_status(agreement.status, agreement.refusal);
  ForwardTarget target{};
  target.address = address;
  target.who = asked.pod;
  auto session = make_forward_session(parts_.clock, std::move(target),
                                      settings_.kubelet.session_idle, remote_);
  io::HttpResponse head{};
  head.headers = std::move(agreement.headers);
  return io::HttpReply{std::move(head), std::move(session), std::move(agreement.protocol)};
}

}  // namespace spillway::virtual_node
