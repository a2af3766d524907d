#include "controller/virtual_node/remote/remote_wire.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "controller/io/web_socket_frames.hpp"
#include "controller/kubernetes/json_fields.hpp"

namespace spillway::virtual_node {

namespace json = boost::json;

namespace {

struct StreamVersion {
  std::string_view name;
  int version;
};

/// What kubectl and the API server offer, the oldest by no name at all.
constexpr std::array<StreamVersion, 4> spdy_versions{{{"v4.channel.k8s.io", 4},
                                                      {"v3.channel.k8s.io", 3},
                                                      {"v2.channel.k8s.io", 2},
                                                      {"channel.k8s.io", 1}}};
constexpr std::array<StreamVersion, 3> socket_versions{
    {{"v5.channel.k8s.io", 5}, {"v4.channel.k8s.io", 4}, {"channel.k8s.io", 1}}};

std::string lower_case(std::string_view text) {
  std::string lower{text};
  std::ranges::transform(lower, lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return lower;
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  return text;
}

/// All values of a field that may be written once with commas or several times.
std::vector<std::string> values_of(const io::Headers& headers, std::string_view name) {
  std::vector<std::string> values{};
  for (const auto& [field, value] : headers) {
    if (lower_case(field) != lower_case(name)) continue;
    std::string_view rest{value};
    while (!rest.empty()) {
      const std::size_t end{std::min(rest.find(','), rest.size())};
      const std::string_view one{trimmed(rest.substr(0, end))};
      if (!one.empty()) values.emplace_back(one);
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
  return values;
}

template <class Versions>
const StreamVersion* first_known(const std::vector<std::string>& offered,
                                 const Versions& versions) {
  for (const std::string& each : offered) {
    const auto found = std::ranges::find(versions, each, &StreamVersion::name);
    if (found != versions.end()) return &*found;
  }
  return nullptr;
}

RemoteAgreement refused(std::string why, int status = 400) {
  RemoteAgreement agreement{};
  agreement.refusal = std::move(why);
  agreement.status = status;
  return agreement;
}

RemoteAgreement agree_on_spdy(const io::HttpRequest& request, RemoteStreams streams) {
  constexpr std::string_view field{"X-Stream-Protocol-Version"};
  const auto offered = values_of(request.headers, field);
  RemoteAgreement agreement{};
  agreement.protocol = "SPDY/3.1";
  if (offered.empty()) {
    agreement.wire = make_spdy_wire(streams, 1);
    return agreement;
  }
  const StreamVersion* const chosen{first_known(offered, spdy_versions)};
  if (chosen == nullptr) {
    return refused(fmt::format("{}: expected v4.channel.k8s.io or an older one, got {}", field,
                               io::excerpt(offered.front(), 60)),
                   403);
  }
  agreement.headers.set(field, std::string{chosen->name});
  agreement.wire = make_spdy_wire(streams, chosen->version);
  return agreement;
}

RemoteAgreement agree_on_channels(const io::HttpRequest& request, RemoteStreams streams) {
  const auto key = request.headers.find("Sec-WebSocket-Key");
  const bool is_asked_well{request.method == "GET" && key && !key->empty() &&
                           request.headers.find("Sec-WebSocket-Version") == "13"};
  if (!is_asked_well) return refused("not a WebSocket handshake of RFC 6455");
  const auto offered = values_of(request.headers, "Sec-WebSocket-Protocol");
  const StreamVersion* const chosen{first_known(offered, socket_versions)};
  if (chosen == nullptr) {
    return refused(
        "Sec-WebSocket-Protocol: expected v5.channel.k8s.io, v4.channel.k8s.io or "
        "channel.k8s.io");
  }
  RemoteAgreement agreement{};
  agreement.protocol = "websocket";
  agreement.headers.set("Sec-WebSocket-Accept", io::web_socket_accept(*key));
  agreement.headers.set("Sec-WebSocket-Protocol", std::string{chosen->name});
  agreement.wire = make_channel_wire(streams, chosen->version);
  return agreement;
}

}  // namespace

std::string status_text(const RemoteEnd& end, bool is_json) {
  const bool has_exited_badly{end.exit_code.value_or(0) != 0};
  std::string message{end.failure};
  if (message.empty() && has_exited_badly) {
    message = fmt::format("command terminated with exit code {}", *end.exit_code);
  }
  if (!is_json) return message;
  json::object status{};
  status["metadata"] = json::object{};
  status["status"] = message.empty() ? "Success" : "Failure";
  if (!message.empty()) {
    status["message"] = message;
    status["reason"] = has_exited_badly ? "NonZeroExitCode" : "InternalError";
  }
  if (has_exited_badly) {
    json::object cause{};
    cause["reason"] = "ExitCode";
    cause["message"] = std::to_string(*end.exit_code);
    json::array causes{};
    causes.push_back(std::move(cause));
    json::object details{};
    details["causes"] = std::move(causes);
    status["details"] = std::move(details);
  } else if (!message.empty()) {
    status["code"] = 500;
  }
  return json::serialize(status);
}

std::optional<RemoteEvent> parse_size(std::string_view text) {
  const auto object = kubernetes::parse_object(text);
  if (!object) return std::nullopt;
  constexpr int size_max{10'000};
  kubernetes::FieldReader fields{};
  RemoteEvent event{RemoteEvent::Kind::resized};
  event.rows = fields.count(&*object, "Height");
  event.columns = fields.count(&*object, "Width");
  const auto is_sound = [](int size) { return size >= 1 && size <= size_max; };
  if (fields.mistake() || !is_sound(event.rows) || !is_sound(event.columns)) return std::nullopt;
  return event;
}

RemoteAgreement agree_on_forwarding(const io::HttpRequest& request) {
  constexpr std::string_view ours{"portforward.k8s.io"};
  const bool is_spdy{lower_case(request.headers.find("Upgrade").value_or("")) == "spdy/3.1"};
  // Newer kubectl tries WebSocket first, and SPDY where that is refused.
  if (!is_spdy) return refused("expected an upgrade to SPDY/3.1, as kubectl asks for");
  const auto offered = values_of(request.headers, "X-Stream-Protocol-Version");
  const bool is_known{offered.empty() || std::ranges::find(offered, ours) != offered.end()};
  if (!is_known) return refused("X-Stream-Protocol-Version: expected portforward.k8s.io", 403);
  RemoteAgreement agreement{};
  agreement.protocol = "SPDY/3.1";
  if (!offered.empty()) agreement.headers.set("X-Stream-Protocol-Version", std::string{ours});
  return agreement;
}

RemoteAgreement agree(const io::HttpRequest& request, RemoteStreams streams) {
  const std::string wanted{lower_case(request.headers.find("Upgrade").value_or(""))};
  if (wanted == "spdy/3.1") return agree_on_spdy(request, streams);
  if (wanted == "websocket") return agree_on_channels(request, streams);
  return refused("expected an upgrade to SPDY/3.1 or websocket, as kubectl asks for");
}

}  // namespace spillway::virtual_node
