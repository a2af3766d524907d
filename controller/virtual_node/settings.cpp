#include "controller/virtual_node/settings.hpp"

#include <algorithm>
#include <charconv>

namespace spillway::virtual_node {

namespace {

bool is_node_name(std::string_view text) {
  const auto is_legal = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  };
  return !text.empty() && text.size() <= 63 && text.front() != '-' && text.back() != '-' &&
         std::all_of(text.begin(), text.end(), is_legal);
}

void describe_kubelet(Fields& fields, KubeletSettings& settings) {
  fields.text("listen", settings.listen,
              {.max_length = 300,
               .expected = "ADDRESS:PORT such as 0.0.0.0:10250",
               .is_valid = [](std::string_view text) { return port_of(text).has_value(); }},
              "Where to listen. A change needs a restart.");
  fields.text("address", settings.address, {.presence = Presence::required, .max_length = 64},
              "IP address at which the API server reaches it: the node's InternalIP.");
  fields.text("client_ca_file", settings.client_ca_file, {.presence = Presence::required},
              "PEM file of the authority of the API server's client certificate "
              "(--kubelet-client-certificate); on kubeadm /etc/kubernetes/pki/ca.crt.");
  fields.texts("client_names", settings.client_names,
               {.max_length = 256, .expected = "a common name"},
               "Common names that this certificate may have: the authority signs for others, too.");
  fields.count("sessions", settings.sessions, {.min = 0, .max = 1000},
               "Sessions (`kubectl exec`, `attach`, `port-forward`) at once. 0: none may be.");
  fields.duration("session_idle", settings.session_idle,
                  {.min = std::chrono::seconds{10}, .max = std::chrono::hours{24}},
                  "A session in which nothing is said for so long is ended.");
  fields.text(
      "certificate_file", settings.certificate_file, {},
      "PEM file of our certificate. Left out: one is made at each start and reload, which an API "
      "server without --kubelet-certificate-authority accepts.");
  fields.text("key_file", settings.key_file, {}, "PEM file of the certificate's private key.");
  fields.require(settings.certificate_file.empty() == settings.key_file.empty(),
                 "certificate_file and key_file belong together");
  fields.require(!settings.client_names.empty(), "client_names needs at least one name");
}

void describe_caps(Fields& fields, SpendCaps& caps) {
  fields.money("per_hour", caps.per_hour, "Cap per calendar hour.");
  fields.money("per_day", caps.per_day, "Cap per calendar day (UTC).");
  fields.money("per_month", caps.per_month, "Cap per calendar month (UTC).");
}

}  // namespace

std::optional<std::uint16_t> port_of(std::string_view listen) {
  const std::size_t colon{listen.rfind(':')};
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  const std::string_view text{listen.substr(colon + 1)};
  std::uint16_t port{0};
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), port);
  const bool is_whole{failure == std::errc{} && end == text.data() + text.size()};
  return is_whole && port > 0 ? std::optional{port} : std::nullopt;
}

void describe(Fields& fields, Settings& settings) {
  fields.section(
      "connection", [&](Fields& inner) { kubernetes::describe(inner, settings.connection); },
      "The API server, and who we are there. Left out: as kubectl finds it.");
  fields.text("name", settings.name,
              {.max_length = 63,
               .expected = "1 to 63 lower case letters, digits and hyphens",
               .is_valid = is_node_name},
              "Name of the node.");
  fields.count("vcpu", settings.vcpu, {.min = 1, .max = 100'000},
               "vCPUs that the node says it has: the most that the scheduler places there.");
  fields.memory_gb("memory", settings.memory_gb, {.min = 1.0, .max = 1e6},
                   "Memory that the node says it has.");
  fields.count("pods", settings.pods, {.min = 1, .max = 5000},
               "Pods that the node takes: below the quota of container groups.");
  fields.text("taint_value", settings.taint_value,
              {.max_length = 63,
               .expected = "1 to 63 lower case letters, digits and hyphens",
               .is_valid = is_node_name},
              "Value of the taint virtual-kubelet.io/provider, which pods must tolerate (effect "
              "NoSchedule).");
  fields.texts("open_for", settings.open_for, {.max_length = 40, .expected = "a workload"},
               "Workloads whose policies open the node, too: while they ask for more replicas than "
               "the cluster has ready. Left out: only pods that find no other place do.");
  fields.duration(
      "close_after", settings.close_after,
      {.min = std::chrono::seconds{1}, .max = std::chrono::hours{24}},
      "The node is closed to new pods once no pod has waited for a place for this long, nor a "
      "workload of open_for asked for more.");
  fields.duration("interval", settings.interval,
                  {.min = std::chrono::milliseconds{200}, .max = std::chrono::minutes{1}},
                  "How often container groups are looked at.");
  fields.duration("start_limit", settings.start_limit,
                  {.min = std::chrono::seconds{10}, .max = std::chrono::hours{1}},
                  "A pod whose group does not run after this fails, so that its owner makes "
                  "another.");
  fields.optional_section(
      "kubelet", settings.has_kubelet,
      [&](Fields& inner) { describe_kubelet(inner, settings.kubelet); },
      "The port by which `kubectl logs`, `exec`, `attach` and `port-forward` reach this node. Left "
      "out: there is none.");
  fields.section(
      "budget", [&](Fields& inner) { describe_caps(inner, settings.budget); },
      "What the node's groups may cost. A pod beyond it stays Pending, with the reason; what runs "
      "goes on. The limits of `allocator` hold beside it.");
}

}  // namespace spillway::virtual_node
