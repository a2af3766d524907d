#include "tests/contract/traffic/haproxy_rig.hpp"

#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <csignal>
#include <stdexcept>

#include "controller/io/atomic_file.hpp"
#include "controller/io/endpoint.hpp"
#include "controller/io/stream_socket.hpp"

namespace spillway::testing {

namespace asio = boost::asio;

namespace {

constexpr std::size_t answer_limit{1024 * 1024};

/// Frontends have the names of their backends, as most people write it.
std::string config(const std::string& directory, const HaproxyRigOptions& options, int api_port,
                   int web_port, int shop_port) {
  return fmt::format(R"(global
  stats socket {0}/api.sock mode 600 level {1}
  stats socket ipv4@127.0.0.1:{2} level {1}
  server-state-file {0}/state
defaults
  mode http
  load-server-state-from-file global
  timeout connect 2s
  timeout client 30s
  timeout server 30s
frontend be_web
  bind 127.0.0.1:{3}
{7}
  default_backend be_web
frontend be_shop
  bind 127.0.0.1:{4}
  default_backend be_shop
backend be_web
  balance roundrobin
{5}
backend be_shop
  balance roundrobin
{6}
)",
                     directory, options.level, api_port, web_port, shop_port, options.web_servers,
                     options.shop_servers, options.web_rules);
}

/// Only a value comes back, so that the answer needs no default.
template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error{to_string(result.error())};
  return std::move(*result);
}

}  // namespace

HaproxyRig::HaproxyRig(RealTime& time, HaproxyRigOptions options)
    : time_{time}, client_{must(io::make_http_client(time.context, time.clock))} {
  const std::string text{
      config(scratch_.path().string(), options, api_port_, web_port_, shop_port_)};
  config_ = scratch_.write("haproxy.cfg", text);
  scratch_.write("state", "1\n");
  start();
}

void HaproxyRig::start() {
  const std::vector<std::string> command{find_program("haproxy").value_or("haproxy"), "-db", "-f",
                                         config_};
  process_ = std::make_unique<ChildProcess>(command);
  // It names its sockets one after the other; and a free port may have been taken meanwhile.
  const bool is_ready{wait_until([&] {
    return !process_->is_running() || (answers_on(unix_socket()) && answers_on(tcp_socket()));
  })};
  if (!is_ready || !process_->is_running()) {
    throw std::runtime_error{"haproxy did not start: " + process_->standard_error()};
  }
}

bool HaproxyRig::answers_on(const std::string& socket) {
  const auto endpoint = must(io::parse_endpoint(socket));
  const Result<std::string> info =
      time_.run(io::exchange(endpoint, "show info\n", answer_limit, time_.clock, time_.soon()));
  return info && info->find(fmt::format("Pid: {}\n", process_->pid())) != std::string::npos;
}

void HaproxyRig::freeze() {
  process_->send_signal(SIGSTOP);
  const bool is_frozen{wait_until([&] {
    const auto status = io::read_file(fmt::format("/proc/{}/status", process_->pid()), 64 * 1024);
    return status && status->find("State:\tT") != std::string::npos;
  })};
  SPILLWAY_ASSERT(is_frozen);
}

void HaproxyRig::stop() {
  process_->stop(std::chrono::milliseconds{100});  // SIGTERM would wait for connections
}

void HaproxyRig::restart() {
  stop();
  start();
}

std::string HaproxyRig::ask(const std::string& command) {
  const auto endpoint = must(io::parse_endpoint(unix_socket()));
  return must(
      time_.run(io::exchange(endpoint, command + "\n", answer_limit, time_.clock, time_.soon())));
}

void HaproxyRig::save_server_state() {
  scratch_.write("state", ask("show servers state"));
}

io::HttpRequest HaproxyRig::request(const std::string& workload, std::string path) const {
  io::HttpRequest made{};
  made.url.host = "127.0.0.1";
  made.url.port = workload == "web" ? web_port_ : shop_port_;
  made.url.target = std::move(path);
  made.headers.set("Connection", "close");
  return made;
}

std::pair<int, std::string> HaproxyRig::get(const std::string& workload, std::string path) {
  auto response = time_.run(client_->send(request(workload, std::move(path)), time_.soon()));
  if (!response) return {0, to_string(response.error())};
  return {response->status, response->body};
}

void HaproxyRig::start_get(const std::string& workload, std::string path,
                           std::shared_ptr<std::optional<int>> answer) {
  asio::co_spawn(time_.context, client_->send(request(workload, std::move(path)), time_.soon()),
                 [answer](std::exception_ptr, Result<io::HttpResponse> response) {
                   *answer = response ? response->status : 0;
                 });
}

std::map<std::string, int> HaproxyRig::spread(const std::string& workload, int count) {
  std::map<std::string, int> counts{};
  for (int i{0}; i < count; ++i) ++counts[get(workload).second];
  return counts;
}

}  // namespace spillway::testing
