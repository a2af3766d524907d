#include "tests/emulator/docker_backend.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/json/parse.hpp>
#include <cerrno>
#include <charconv>
#include <stdexcept>

#include "tests/emulator/docker_terminal.hpp"
#include "tests/emulator/json_at.hpp"
#include "tests/emulator/url.hpp"

namespace spillway::emulator {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using ErrorCode = boost::system::error_code;

constexpr std::string_view label_name{"aci-emulator"};

std::string host_name() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? std::string{name.data()} : "localhost";
}

bool is_process_alive(int pid) {
  return kill(pid, 0) == 0 || errno == EPERM;
}

json::array strings(const std::vector<std::string>& texts) {
  json::array shown;
  for (const std::string& text : texts) shown.emplace_back(text);
  return shown;
}

}  // namespace

/// An answer of the engine that goes on: its header is dropped, the rest is told as it comes.
struct DockerBackend::Stream : std::enable_shared_from_this<Stream> {
  explicit Stream(std::unique_ptr<DockerEngine::Socket> from) : socket{std::move(from)} {}

  void read() {
    socket->async_read_some(asio::buffer(chunk),
                            [self = shared_from_this()](ErrorCode error, std::size_t size) {
                              self->bytes.append(self->chunk.data(), size);
                              if (!self->past_header) {
                                const std::size_t end{self->bytes.find("\r\n\r\n")};
                                if (end != std::string::npos) {
                                  self->bytes.erase(0, end + 4);
                                  self->past_header = true;
                                }
                              }
                              if (self->past_header && self->news)
                                self->news(self->bytes, static_cast<bool>(error));
                              if (!error) self->read();
                            });
  }

  std::unique_ptr<DockerEngine::Socket> socket;
  std::function<void(std::string& bytes, bool at_end)> news{};
  std::array<char, 16384> chunk{};
  std::string bytes{};
  bool past_header{false};
};

bool is_left_behind(std::string_view label, std::string_view host,
                    const std::function<bool(int)>& is_alive) {
  // Another machine's processes cannot be seen from here, and its containers are its own.
  if (!label.starts_with(host) || !label.substr(host.size()).starts_with('/')) return false;
  label.remove_prefix(host.size() + 1);
  int pid{0};
  const auto read{std::from_chars(label.data(), label.data() + label.size(), pid)};
  const bool is_ours{read.ec == std::errc{} && pid > 0 && read.ptr != label.data() + label.size() &&
                     *read.ptr == '-'};
  return is_ours && !is_alive(pid);
}

DockerBackend::DockerBackend(asio::io_context& context, const EmulatorOptions& options,
                             std::function<TimePoint()> shown_now)
    : context_{context},
      options_{options},
      shown_now_{std::move(shown_now)},
      engine_{options.docker_host},
      label_{fmt::format("{}/{}-{}", host_name(), getpid(), static_cast<const void*>(this))} {
  const DockerAnswer answer{engine_.call("GET", "/_ping")};
  if (!answer.ok()) {
    throw std::runtime_error{fmt::format(
        "--backend docker: no Docker engine answers at unix://{} (set docker_host in the config "
        "file, or DOCKER_HOST): {}",
        engine_.path(), answer.message())};
  }
  remove_left_behind();
}

/// Containers of an emulator that was killed: nobody else would ever remove them.
void DockerBackend::remove_left_behind() const {
  const std::string filter{percent_encode(fmt::format(R"({{"label":["{}"]}})", label_name))};
  const json::value all(engine_.call("GET", "/containers/json?all=1&filters=" + filter).json());
  if (!all.is_array()) return;
  for (const json::value& each : all.get_array()) {
    if (!each.is_object()) continue;
    const json::value* const labels{each.get_object().if_contains("Labels")};
    if (labels == nullptr || !labels->is_object()) continue;
    const std::string label{text_at(labels->get_object(), label_name)};
    if (is_left_behind(label, host_name(), is_process_alive))
      remove(text_at(each.get_object(), "Id"));
  }
}

DockerBackend::~DockerBackend() {
  *alive_ = false;
  // Also those that we have lost sight of: whatever carries our label goes.
  const std::string filter{
      percent_encode(fmt::format(R"({{"label":["{}={}"]}})", label_name, label_))};
  const json::value left(engine_.call("GET", "/containers/json?all=1&filters=" + filter).json());
  if (!left.is_array()) return;
  for (const json::value& container : left.get_array()) {
    if (container.is_object()) remove(text_at(container.get_object(), "Id"));
  }
}

void DockerBackend::remove(const std::string& id) const {
  if (!id.empty()) engine_.call("DELETE", fmt::format("/containers/{}?force=1&v=1", id));
}

std::optional<ArmError> DockerBackend::refuses(const Group& group) const {
  for (const Container& container : group.containers) {
    const DockerAnswer answer{
        engine_.call("GET", fmt::format("/images/{}/json", percent_encode(container.image)))};
    if (answer.ok()) continue;
    return bad_request("InaccessibleImage",
                       fmt::format("The image '{}' in container group '{}' is not accessible. The "
                                   "emulator's docker backend takes images that are on the engine: "
                                   "docker pull, docker load or docker import it first. ({})",
                                   container.image, group.name, answer.message()));
  }
  const auto& properties{group.definition.at("properties").as_object()};
  if (!properties.at("initContainers").as_array().empty()) {
    return bad_request("InitContainersNotSupported",
                       "The emulator's docker backend runs no init containers.");
  }
  return std::nullopt;
}

bool DockerBackend::is_free(const std::string&, const Group&) const {
  return true;
}

json::value DockerBackend::definition_of(const Container& container, const Group& group,
                                         const std::string& network_of) const {
  json::array environment;
  for (const auto& [name, value] : container.environment) {
    environment.emplace_back(fmt::format("{}={}", name, value));
  }
  json::object host{
      {"NanoCpus", static_cast<std::int64_t>(container.cpu * 1e9)},
      {"Memory", static_cast<std::int64_t>(container.memory_gb * (1U << 30U))},
  };
  json::object definition{{"Image", container.image},
                          {"Env", std::move(environment)},
                          {"Labels", {{label_name, label_}, {"aci-group", group.name}}}};
  // A command in the request replaces the image's entry point and its arguments alike.
  if (!container.command.empty()) {
    definition["Entrypoint"] = strings(container.command);
    definition["Cmd"] = json::array{};
  }
  if (!network_of.empty()) {
    host["NetworkMode"] = "container:" + network_of;
  } else {
    definition["Hostname"] = group.name;
    json::object exposed, published;
    for (const int port : group.address.empty() ? std::vector<int>{} : group.ports) {
      const std::string name{fmt::format("{}/tcp", port)};
      exposed[name] = json::object{};
      published[name] =
          json::array{{{"HostIp", group.address}, {"HostPort", std::to_string(port)}}};
    }
    definition["ExposedPorts"] = std::move(exposed);
    host["PortBindings"] = std::move(published);
  }
  definition["HostConfig"] = std::move(host);
  return json::value(std::move(definition));
}

std::optional<Duration> DockerBackend::start(const RunId& run, const Group& group, TimePoint) {
  std::string network_of;
  std::vector<std::string> replaced;
  for (const auto& [id, other] : running_) {
    if (other.run.group != run.group) continue;
    if (other.run.container == run.container) replaced.push_back(id);
    // All share the network of the group's first container.
    if (other.run.container == 0 && run.container != 0) network_of = id;
  }
  for (const std::string& id : replaced) {
    running_.erase(id);
    remove(id);
  }
  auto log{logs_[run.group][run.container] = std::make_shared<LogBuffer>()};
  const DockerAnswer made{
      engine_.call("POST", "/containers/create",
                   definition_of(group.containers[run.container], group, network_of))};
  const json::value answer(made.json());
  const std::string id{answer.is_object() ? text_at(answer.get_object(), "Id") : std::string{}};
  if (!made.ok() || id.empty()) {
    fail(run, made.message());
    return std::nullopt;
  }
  const DockerAnswer started{engine_.call("POST", fmt::format("/containers/{}/start", id))};
  if (!started.ok()) {
    remove(id);
    fail(run, started.message());
    return std::nullopt;
  }
  running_[id] = {.run = run, .id = id};
  follow_log(id, log);
  await_exit(id);
  return std::nullopt;
}

void DockerBackend::fail(const RunId& run, const std::string& why) {
  logs_[run.group][run.container]->append(fmt::format("emulator: cannot start: {}\n", why),
                                          shown_now_());
  asio::post(context_, [this, alive = alive_, run] {
    if (*alive && on_exit) on_exit(run, 127);
  });
}

void DockerBackend::follow_log(const std::string& id, std::shared_ptr<LogBuffer> log) {
  auto socket{engine_.open(context_, "GET",
                           fmt::format("/containers/{}/logs?follow=1&stdout=1&stderr=1", id))};
  if (!socket) return;
  const auto stream{std::make_shared<Stream>(std::move(socket))};
  stream->news = [this, alive = alive_, log](std::string& bytes, bool) {
    if (*alive) log->append(take_frames(bytes), shown_now_());
  };
  stream->read();
}

void DockerBackend::await_exit(const std::string& id) {
  auto socket{engine_.open(context_, "POST", fmt::format("/containers/{}/wait", id))};
  if (!socket) return;
  const auto stream{std::make_shared<Stream>(std::move(socket))};
  stream->news = [this, alive = alive_, id](std::string& bytes, bool at_end) {
    if (!*alive || !at_end) return;
    ErrorCode error;
    const json::value answer(json::parse(bytes, error));
    const auto code{error || !answer.is_object() ? std::optional<double>{}
                                                 : number_at(answer.get_object(), "StatusCode")};
    ended(id, static_cast<int>(code.value_or(255)));
  };
  stream->read();
}

void DockerBackend::ended(const std::string& id, int code) {
  const auto found{running_.find(id)};
  if (found == running_.end()) return;
  const Running running{found->second};
  // The first container carries the network of the others: it stays until the group goes.
  if (running.run.container != 0) {
    running_.erase(found);
    remove(id);
  }
  if (running.told && on_exit) on_exit(running.run, code);
}

void DockerBackend::stop(const std::string& group, bool politely) {
  std::vector<std::string> doomed;
  for (auto& [id, running] : running_) {
    if (running.run.group != group) continue;
    running.told = false;
    doomed.push_back(id);
  }
  for (const std::string& id : doomed) {
    if (!politely) {
      running_.erase(id);
      remove(id);
      continue;
    }
    engine_.call("POST", fmt::format("/containers/{}/kill?signal=SIGTERM", id));
    const auto grace{std::make_shared<asio::steady_timer>(context_, options_.stop_grace)};
    grace->async_wait([this, alive = alive_, grace, id](ErrorCode error) {
      if (error || !*alive) return;
      running_.erase(id);
      remove(id);
    });
  }
}

bool DockerBackend::crash(const std::string& group, std::size_t container) {
  for (const auto& [id, running] : running_) {
    if (running.run.group != group || running.run.container != container || !running.told) continue;
    return engine_.call("POST", fmt::format("/containers/{}/kill", id)).ok();
  }
  return false;
}

std::string DockerBackend::logs(const std::string& group, std::size_t container,
                                std::optional<std::size_t> tail, bool timestamps) const {
  const auto of_group{logs_.find(group)};
  if (of_group == logs_.end()) return {};
  const auto log{of_group->second.find(container)};
  return log == of_group->second.end() ? std::string{} : log->second->text(tail, timestamps);
}

Outcome<std::shared_ptr<Terminal>> DockerBackend::exec(const Group& group, std::size_t container,
                                                       const ExecRequest& request) {
  const std::string key{group_key(group.subscription, group.resource_group, group.name)};
  const auto found{std::find_if(running_.begin(), running_.end(), [&](const auto& entry) {
    return entry.second.run.group == key && entry.second.run.container == container;
  })};
  if (found == running_.end()) {
    return conflict("ContainerNotRunning", "The container is not running on the engine.");
  }
  std::shared_ptr<Terminal> terminal{
      std::make_shared<DockerTerminal>(context_, engine_, found->first, request)};
  return terminal;
}

void DockerBackend::forget(const std::string& group) {
  logs_.erase(group);
  // What was asked politely has its grace; the rest, an ended first container, goes now.
  std::vector<std::string> left;
  for (const auto& [id, running] : running_) {
    if (running.run.group == group && running.told) left.push_back(id);
  }
  for (const std::string& id : left) {
    running_.erase(id);
    remove(id);
  }
}

}  // namespace spillway::emulator
