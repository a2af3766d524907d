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
  ForwardLimits limits{};
  limits.idle = settings_.kubelet.session_idle;
  auto session = make_forward_session(parts_.clock, std::move(target), limits, remote_);
  Forward begun{};
  begun.pod = asked.pod;
  begun.uid = pods_.find(asked.pod)->metadata.uid;
  begun.address = address;
  begun.session = session;
  forwards_.note(std::move(begun));
  io::HttpResponse head{};
  head.headers = std::move(agreement.headers);
  return io::HttpReply{std::move(head), std::move(session), std::move(agreement.protocol)};
}

/// A pod that has ended or was deleted, or whose group came back elsewhere, is no longer where its
/// forwards lead to. Commands end by themselves: their other end is the provider's.
void VirtualNode::end_forwards(TimePoint now) {
  forwards_.end_if([this, now](const Forward& each) {
    const BoundPod* const pod{pods_.find(each.pod)};
    const bool is_gone{pod == nullptr || pod->metadata.uid != each.uid};
    if (is_gone) return true;
    if (pod->metadata.is_deleting && !has_grace(*pod, now)) return true;
    const auto known = known_.find(each.uid);
    if (known == known_.end()) return false;  // after a reload, until its group was looked at
    const PodState& state{known->second.state};
    return state.phase != PodPhase::running || state.ip != each.address;
  });
}

}  // namespace spillway::virtual_node
