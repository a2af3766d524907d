#include "tests/integration/swarm_rig.hpp"

#include <fmt/format.h>
#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

namespace spillway::testing {

namespace {

constexpr std::chrono::milliseconds slow_machine{120'000};
constexpr const char* manager{"manager"};
/// Only in namespaces that the rig itself makes.
constexpr const char* subnet{"10.213.77"};

std::string last_line(const std::string& text) {
  const auto end{text.find_last_not_of('\n')};
  if (end == std::string::npos) return "it said nothing";
  const auto newline{text.rfind('\n', end)};
  const auto begin{newline == std::string::npos ? 0 : newline + 1};
  return text.substr(begin, end - begin + 1);
}

std::optional<std::string> run(std::vector<std::string> command) {
  ChildProcess child{std::move(command)};
  const bool has_ended{child.wait_for_exit(slow_machine)};
  if (has_ended && child.exit_code() == 0) return child.standard_output();
  std::fprintf(stderr, "%s%s\n", child.standard_output().c_str(), child.standard_error().c_str());
  return std::nullopt;
}

std::string worker(int index) {
  return fmt::format("worker{}", index);
}

}  // namespace

SwarmRig::SwarmRig(int workers, std::vector<std::string> more)
    : workers_{workers}, more_{std::move(more)}, why_not_{start()} {}

std::string SwarmRig::namespace_of(const std::string& node) const {
  return fmt::format("spillway-{}-{}", ::getpid(), node);
}

std::string SwarmRig::endpoint_of(const std::string& node) const {
  return "unix://" + (scratch_.path() / node / "docker.sock").string();
}

std::string SwarmRig::start() {
  if (::geteuid() != 0) return "dockerd needs root";
  if (!find_program("dockerd")) return "dockerd is missing: apt-get install docker.io";
  endpoint_ = endpoint_of(manager);
  if (workers_ > 0) {
    if (std::string why{connect(workers_)}; !why.empty()) return why;
  }
  if (std::string why{start_daemon(manager)}; !why.empty()) return why;
  // A machine with several addresses has to be told which; nobody else is to reach this swarm.
  const std::string address{workers_ > 0 ? std::string{subnet} + ".1" : "127.0.0.1"};
  ChildProcess init{{"docker", "--host", endpoint_, "swarm", "init", "--advertise-addr", address,
                     "--listen-addr", address + (workers_ > 0 ? ":2377" : ":0")}};
  const bool has_ended{init.wait_for_exit(slow_machine)};
  if (!has_ended || init.exit_code() != 0) {
    return "no swarm can be made here: " + last_line(init.standard_error());
  }
  for (int i{1}; i <= workers_; ++i) {
    if (std::string why{start_daemon(worker(i))}; !why.empty()) return why;
    const auto token = docker({"swarm", "join-token", "--quiet", "worker"});
    if (!token) return "the swarm has no token";
    const std::string word{token->substr(0, token->find('\n'))};
    const std::string own{fmt::format("{}.{}", subnet, 10 + i)};
    if (!docker_on(worker(i), {"swarm", "join", "--token", word, "--advertise-addr", own,
                               "--listen-addr", own + ":2377", address + ":2377"})) {
      return "a worker could not join";
    }
  }
  return {};
}

/// A namespace for each node, and a bridge in the manager's that joins them.
std::string SwarmRig::connect(int workers) {
  static constexpr const char* script{R"sh(set -e
subnet=$1; manager=$2; shift 2
ip netns add "$manager"
ip -n "$manager" link set lo up
ip -n "$manager" link add br0 type bridge
ip -n "$manager" addr add $subnet.1/24 dev br0
ip -n "$manager" link set br0 up
n=0
for node; do
  n=$((n + 1))
  ip netns add "$node"
  ip -n "$node" link set lo up
  ip -n "$manager" link add port$n type veth peer name eth0 netns "$node"
  ip -n "$manager" link set port$n master br0 up
  ip -n "$node" addr add $subnet.$((10 + n))/24 dev eth0
  ip -n "$node" link set eth0 up
done
)sh"};
  std::vector<std::string> command{"sh", "-c", script, "sh", subnet, namespace_of(manager)};
  for (int i{1}; i <= workers; ++i) command.push_back(namespace_of(worker(i)));
  return run(std::move(command)) ? std::string{} : "no network namespaces can be made here";
}

std::string SwarmRig::start_daemon(const std::string& node) {
  const std::string here{(scratch_.path() / node).string()};
  std::vector<std::string> command{};
  // `ip netns exec` would mount another /sys, without the cgroups that dockerd needs.
  if (workers_ > 0) command = {"nsenter", "--net=/run/netns/" + namespace_of(node)};
  command.insert(command.end(),
                 {"dockerd", "--data-root", here + "/data", "--exec-root", here + "/exec",
                  "--pidfile", here + "/pid", "--host", endpoint_of(node), "--bridge=none",
                  "--iptables=false", "--ip6tables=false", "--ip-forward=false", "--ip-masq=false",
                  "--userland-proxy=false", "--storage-driver=vfs"});
  if (node == manager) command.insert(command.end(), more_.begin(), more_.end());
  std::filesystem::create_directories(here);
  daemons_[node] = std::make_unique<ChildProcess>(std::move(command));
  ChildProcess& daemon{*daemons_[node]};
  const auto answers{[&] {
    if (!daemon.is_running()) return true;
    ChildProcess asked{{"docker", "--host", endpoint_of(node), "version"}};
    return asked.wait_for_exit() && asked.exit_code() == 0;
  }};
  const bool is_up{wait_until(answers, slow_machine)};
  if (is_up && daemon.is_running()) return {};
  return "dockerd does not run here: " + last_line(daemon.standard_error());
}

void SwarmRig::kill_worker(int index) {
  const std::string name{worker(index)};
  const auto pids = run({"ip", "netns", "pids", namespace_of(name)});
  std::istringstream lines{pids.value_or("")};
  for (pid_t pid{}; lines >> pid;) ::kill(pid, SIGKILL);
  daemons_.at(name)->wait_for_exit(slow_machine);
}

SwarmRig::~SwarmRig() {
  for (auto& [node, daemon] : daemons_) {
    if (!daemon->is_running()) continue;
    ChildProcess leave{{"docker", "--host", endpoint_of(node), "swarm", "leave", "--force"}};
    leave.wait_for_exit(slow_machine);
    daemon->stop(std::chrono::seconds{60});
  }
  daemons_.clear();
  // What dockerd has mounted below its directories would keep them from being removed.
  std::ifstream mounts{"/proc/self/mounts"};
  std::vector<std::string> left{};
  for (std::string line{}; std::getline(mounts, line);) {
    const auto from{line.find(' ') + 1};
    const std::string where{line.substr(from, line.find(' ', from) - from)};
    if (where.starts_with(scratch_.path().string())) left.push_back(where);
  }
  std::ranges::reverse(left);
  for (const std::string& where : left) ::umount2(where.c_str(), MNT_DETACH);
  if (workers_ == 0) return;
  for (int i{0}; i <= workers_; ++i) {
    const std::string name{namespace_of(i == 0 ? manager : worker(i))};
    ChildProcess removal{{"ip", "netns", "del", name}};
    removal.wait_for_exit(slow_machine);
  }
}

std::optional<std::string> SwarmRig::docker(std::vector<std::string> arguments) const {
  return docker_on(manager, std::move(arguments));
}

std::optional<std::string> SwarmRig::docker_on(const std::string& node,
                                               std::vector<std::string> arguments) const {
  arguments.insert(arguments.begin(), {"docker", "--host", endpoint_of(node)});
  return run(std::move(arguments));
}

bool SwarmRig::make_image(const std::string& program, const std::string& name) const {
  static constexpr const char* script{R"sh(set -e
root=$1; program=$2; name=$3; shift 3
mkdir -p "$root" && cp "$program" "$root/program"
for library in $(ldd "$program" | grep -o '/[^ )]*'); do
  mkdir -p "$root$(dirname "$library")" && cp "$library" "$root$library"
done
for host;
    do
  tar -C "$root" -c . | docker --host "$host" import --change 'ENTRYPOINT ["/program"]' - "$name"
done
)sh"};
  std::vector<std::string> command{"sh",    "-c", script, "sh", (scratch_.path() / "root").string(),
                                   program, name};
  for (const auto& [node, daemon] : daemons_) command.push_back(endpoint_of(node));
  return run(std::move(command)).has_value();
}

std::string SwarmRig::address_prefix() const {
  const int id{static_cast<int>(::getpid())};
  return fmt::format("127.{}.{}", 170 + id % 50, (id / 50) % 250);
}

}  // namespace spillway::testing
