// The node itself: registration, heartbeats, open or closed. The rest of VirtualNode is in
// virtual_node.cpp.
#include <utility>

#include "controller/io/log.hpp"
#include "controller/kubernetes/answers.hpp"
#include "controller/kubernetes/json_fields.hpp"
#include "controller/kubernetes/resources.hpp"
#include "controller/kubernetes/selectors.hpp"
#include "controller/virtual_node/node_object.hpp"
#include "controller/virtual_node/virtual_node.hpp"

namespace spillway::virtual_node {

namespace asio = boost::asio;
using kubernetes::ApiRequest;
using kubernetes::FieldReader;

namespace {

constexpr Duration registration_timeout{std::chrono::seconds{10}};
/// Whether a person's cordon is still there.
constexpr Duration ask_node_every{std::chrono::seconds{10}};
constexpr std::string_view lease_space{"kube-node-lease"};

}  // namespace

/// Idempotent: a node that is there already keeps its state, open or closed.
asio::awaitable<Result<void>> VirtualNode::register_node() {
  const auto deadline = io::deadline_after(parts_.clock, registration_timeout);
  ApiRequest request{};
  request.method = "POST";
  request.target = "/api/v1/nodes";
  request.body = registration_body(settings_);
  const auto made = co_await server_->call(std::move(request), deadline);
  const bool is_there{made || made.error().code == Errc::transitioning};
  if (!is_there) co_return made.error();
  if (made) told_open_ = false;  // somebody had deleted it, open or not
  ApiRequest lease{};
  lease.method = "POST";
  lease.target = kubernetes::collection_path(kubernetes::leases(), lease_space);
  lease.body = lease_body(settings_, parts_.clock.now());
  const auto leased = co_await server_->call(std::move(lease), deadline);
  const bool has_lease{leased || leased.error().code == Errc::transitioning};
  if (!has_lease) co_return leased.error();
  // A node of an earlier version has fewer. It works without them, too.
  std::string target{kubernetes::object_path(kubernetes::nodes(), {}, settings_.name)};
  const Result<void> labelled =
      co_await patch(std::move(target), labels_body(settings_), kubernetes::merge_patch);
  static_cast<void>(labelled);
  co_return co_await beat(true);
}

asio::awaitable<Result<void>> VirtualNode::beat(bool with_status) {
  const TimePoint now{parts_.clock.now()};
  std::string lease{kubernetes::object_path(kubernetes::leases(), lease_space, settings_.name)};
  const Result<void> renewed =
      co_await patch(std::move(lease), lease_renewal(now), kubernetes::merge_patch);
  if (!renewed || !with_status) co_return renewed;
  if (!ready_since_) ready_since_ = now;
  std::string status{kubernetes::object_path(kubernetes::nodes(), {}, settings_.name) + "/status"};
  std::string body{status_body(settings_, now, *ready_since_)};
  co_return co_await patch(std::move(status), std::move(body), kubernetes::strategic_patch);
}

asio::awaitable<void> VirtualNode::keep_registered() {
  // The status changes nothing by itself: told now and then, as kubelets do.
  constexpr int beats_per_status{6};
  bool is_registered{false};
  bool has_failed{false};
  for (int count{1};; ++count) {
    Result<void> done{};
    if (is_registered) {
      done = co_await beat(count % beats_per_status == 0);
    } else {
      done = co_await register_node();
    }
    if (!done && done.error().code == Errc::cancelled) co_return;
    // Somebody deleted the node or its lease: register again.
    if (!done && done.error().code == Errc::not_found) is_registered = false;
    if (done && !is_registered) {
      is_registered = true;
      io::log_event(io::LogLevel::info, "NodeRegistered", {{"node", settings_.name}});
    }
    if (!done && !has_failed) {
      io::log_event(io::LogLevel::warning, "NodeHeartbeatFailed",
                    {{"node", settings_.name}, {"error", done.error()}});
    }
    has_failed = !done;
    if (!done) ready_since_.reset();
    const Result<void> slept = co_await parts_.clock.sleep_until(parts_.clock.now() + parts_.beat);
    if (!slept) co_return;
  }
}

int VirtualNode::waiting_pods() const {
  int waiting{0};
  const std::vector<kubernetes::Taint> taints{
      {std::string{provider_taint}, settings_.taint_value, "NoSchedule"}};
  const kubernetes::Labels labels{node_labels(settings_)};
  for (const auto& [key, each] : unplaced_.all()) {
    const auto pod = kubernetes::parse_pod(*each.object);
    if (!pod || !pod->is_unschedulable || pod->metadata.is_deleting) continue;
    if (!pod->nominated_node.empty()) continue;
    FieldReader fields{};
    kubernetes::Placement placement{
        kubernetes::parse_placement(fields, fields.object(each.object.get(), "spec"))};
    if (kubernetes::may_go_to(placement, labels, taints)) ++waiting;
  }
  return waiting;
}

void VirtualNode::go_on_from(const VirtualNode& before) {
  remote_ = before.remote_;
  forwards_ = before.forwards_;
  if (before.settings_.name == settings_.name) opening_ = before.opening_;
}

/// An earlier run, or the last configuration, may have left the node open: it stays so until it is
/// known that nobody wants it, and `close_after` is counted from then.
asio::awaitable<void> VirtualNode::learn_open() {
  ApiRequest request{};
  request.target = kubernetes::object_path(kubernetes::nodes(), {}, settings_.name);
  const auto node = co_await server_->call(std::move(request),
                                           io::deadline_after(parts_.clock, registration_timeout));
  if (!node) co_return;  // asked again with the next tick; it may not be registered yet
  is_opening_learned_ = true;
  if (is_cordoned_by_person(*node)) co_return;
  const bool is_open{!is_cordoned(*node)};
  if (is_open != opening_.is_open) opening_ = Opening{.is_open = is_open};
  told_open_ = is_open;
}

asio::awaitable<void> VirtualNode::set_open() {
  if (!is_opening_learned_) co_await learn_open();
  if (!is_opening_learned_) co_return;
  const TimePoint now{parts_.clock.now()};
  OpeningWish wish{};
  if (unplaced_watcher_.check_fresh(now, std::chrono::seconds{30})) wish.waiting = waiting_pods();
  wish.wanting = parts_.wanting ? parts_.wanting() : 0;
  opening_ = after_look(opening_, wish, now, settings_.close_after);
  // Before anything is known the node stays as it was found.
  const bool is_known{(wish.waiting && wish.wanting) || opening_.is_open};
  const bool is_wanted{is_known && told_open_ != opening_.is_open && now >= ask_node_at_};
  if (!is_wanted) co_return;
  const bool is_open{opening_.is_open};
  std::string target{kubernetes::object_path(kubernetes::nodes(), {}, settings_.name)};
  ApiRequest request{};
  request.target = target;
  const auto node = co_await server_->call(std::move(request),
                                           io::deadline_after(parts_.clock, registration_timeout));
  if (!node) co_return;
  if (is_cordoned_by_person(*node)) {
    // Whoever did that opens it again; until then it is as it is, and so is what we know of it.
    ask_node_at_ = now + ask_node_every;
    if (!std::exchange(is_cordon_told_, true)) {
      io::log_event(io::LogLevel::warning, "NodeCordonedByPerson", {{"node", settings_.name}});
    }
    co_return;
  }
  is_cordon_told_ = false;
  const Result<void> told =
      co_await patch(std::move(target), cordon_body(!is_open), kubernetes::strategic_patch);
  if (!told) co_return;
  told_open_ = is_open;
  io::log_event(io::LogLevel::info, is_open ? "NodeOpened" : "NodeClosed",
                {{"node", settings_.name},
                 {"waiting", wish.waiting.value_or(0)},
                 {"wanting", wish.wanting.value_or(0)}});
}

}  // namespace spillway::virtual_node
