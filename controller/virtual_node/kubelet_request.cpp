#include "controller/virtual_node/kubelet_request.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <vector>

#include "controller/io/http.hpp"
#include "controller/io/url.hpp"
#include "controller/kubernetes/time_text.hpp"

namespace spillway::virtual_node {

namespace {

constexpr std::string_view logs_path{"/containerLogs/"};

std::vector<std::string_view> segments(std::string_view path) {
  std::vector<std::string_view> parts{};
  while (!path.empty()) {
    path.remove_prefix(1);  // the slash
    const std::size_t end{std::min(path.find('/'), path.size())};
    parts.push_back(path.substr(0, end));
    path.remove_prefix(end);
  }
  return parts;
}

std::optional<std::int64_t> number(std::string_view text) {
  std::int64_t value{0};
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc{} || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

bool is_off(std::string_view value) {
  return value.empty() || value == "false" || value == "0";
}

KubeletRefusal refuse(int status, std::string words) {
  return {.status = status, .words = std::move(words)};
}

KubeletRequest log_request(const io::Target& target) {
  const std::vector<std::string_view> parts{segments(target.path)};
  const bool is_whole{parts.size() == 4 && std::ranges::none_of(parts, &std::string_view::empty)};
  if (!is_whole) return refuse(404, "expected /containerLogs/NAMESPACE/POD/CONTAINER");
  LogRequest request{.pod = fmt::format("{}/{}", parts[1], parts[2]),
                     .container = std::string{parts[3]}};
  for (const auto& [name, value] : target.query) {
    if (name == "tailLines" || name == "limitBytes" || name == "sinceSeconds") {
      const auto count{number(value)};
      if (!count) return refuse(400, name + ": expected a count of at least 0");
      constexpr std::int64_t most{std::numeric_limits<int>::max()};
      const int kept{static_cast<int>(std::min(*count, most))};
      if (name == "tailLines") request.tail_lines = kept;
      if (name == "limitBytes") request.bytes_max = static_cast<std::size_t>(kept);
      if (name == "sinceSeconds") request.since = std::chrono::seconds{kept};
    } else if (name == "sinceTime") {
      request.since_time = kubernetes::parse_time(value);
      if (!request.since_time) return refuse(400, "sinceTime: expected an instant of RFC 3339");
    } else if (name == "follow") {
      request.follows = !is_off(value);
    } else if (name == "timestamps") {
      request.with_times = !is_off(value);
    } else if (name == "previous" && !is_off(value)) {
      return refuse(400, "container groups keep no output of an earlier run: leave out --previous");
    }
  }
  return request;
}

/// Of `exec` and `attach`.
KubeletRequest remote_request(const io::Target& target, bool is_attach) {
  std::vector<std::string_view> parts{segments(target.path)};
  // An older form has the pod's uid before the container.
  if (parts.size() == 5) parts.erase(parts.begin() + 3);
  const bool is_whole{parts.size() == 4 && std::ranges::none_of(parts, &std::string_view::empty)};
  if (!is_whole) {
    return refuse(404, fmt::format("expected /{}/NAMESPACE/POD/CONTAINER", parts.front()));
  }
  RemoteRequest request{.pod = fmt::format("{}/{}", parts[1], parts[2]),
                        .container = std::string{parts[3]}};
  for (const auto& [name, value] : target.query) {
    // Kubelets are asked by the first word, the API server by the second.
    if (name == "input" || name == "stdin") request.streams.has_input = !is_off(value);
    if (name == "output" || name == "stdout") request.streams.has_output = !is_off(value);
    if (name == "error" || name == "stderr") request.streams.has_error = !is_off(value);
    if (name == "tty") request.streams.has_terminal = !is_off(value);
    if (name == "command") request.command.push_back(value);
  }
  // A terminal has one output.
  if (request.streams.has_terminal) request.streams.has_error = false;
  const bool has_any{request.streams.has_input || request.streams.has_output ||
                     request.streams.has_error};
  if (!has_any) return refuse(400, "input, output or error: one of them must be asked for");
  if (is_attach) {
    request.command.clear();
    if (!request.streams.has_input) return request;
    return refuse(400,
                  "container groups show what a container writes and take no input: attach "
                  "without --stdin, or use exec");
  }
  if (request.command.empty() || request.command.front().empty()) {
    return refuse(400, "command: it is missing");
  }
  return request;
}

KubeletRequest forward_request(const io::Target& target) {
  std::vector<std::string_view> parts{segments(target.path)};
  if (parts.size() == 4) parts.pop_back();  // the pod's uid
  const bool is_whole{parts.size() == 3 && std::ranges::none_of(parts, &std::string_view::empty)};
  if (!is_whole) return refuse(404, "expected /portForward/NAMESPACE/POD");
  return ForwardRequest{.pod = fmt::format("{}/{}", parts[1], parts[2])};
}

}  // namespace

KubeletRequest parse_kubelet_request(std::string_view method, std::string_view text) {
  const auto target = io::parse_target(text);
  if (!target) return refuse(400, to_string(target.error()));
  if (target->path.starts_with("/run/")) return refuse(501, "run is not possible: use exec");
  const bool is_exec{target->path.starts_with("/exec/")};
  const bool is_attach{target->path.starts_with("/attach/")};
  if (is_exec || is_attach) {
    // SPDY asks by POST, WebSocket by GET.
    if (method != "GET" && method != "POST") return refuse(405, "expected GET or POST");
    return remote_request(*target, is_attach);
  }
  if (target->path.starts_with("/portForward/")) {
    if (method != "GET" && method != "POST") return refuse(405, "expected GET or POST");
    return forward_request(*target);
  }
  if (method != "GET") return refuse(405, "this node answers GET alone");
  if (target->path == "/healthz") return HealthRequest{};
  // Some ask with a slash at the end, and most with a query that changes nothing here.
  const bool is_summary{target->path == "/stats/summary" || target->path == "/stats/summary/"};
  if (is_summary) return SummaryRequest{};
  if (target->path == "/metrics/resource") return ResourceMetricsRequest{};
  if (target->path.starts_with(logs_path)) return log_request(*target);
  return refuse(404, io::excerpt(target->path) + ": this node has no such page");
}

}  // namespace spillway::virtual_node
