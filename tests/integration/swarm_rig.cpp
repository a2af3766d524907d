#include "tests/integration/swarm_rig.hpp"

#include <fmt/format.h>
#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <utility>

namespace spillway::testing {

namespace {

constexpr std::chrono::milliseconds slow_machine{120'000};

std::string last_line(const std::string& text) {
  const auto end{text.find_last_not_of('\n')};
  if (end == std::string::npos) return "it said nothing";
  const auto begin{text.rfind('\n', end)};
  return text.substr(begin == std::string::npos ? 0 : begin + 1, end - (begin + 1) + 1);
}

std::optional<std::string> run(std::vector<std::string> command) {
  ChildProcess child{std::move(command)};
  const bool has_ended{child.wait_for_exit(slow_machine)};
  if (has_ended && child.exit_code() == 0) return child.standard_output();
  std::fprintf(stderr, "%s%s\n", child.standard_output().c_str(), child.standard_error().c_str());
  return std::nullopt;
}

}  // namespace

SwarmRig::SwarmRig() : why_not_{start()} {}

std::string SwarmRig::start() {
  if (::geteuid() != 0) return "dockerd needs root";
  const auto dockerd = find_program("dockerd");
  if (!dockerd) return "dockerd is missing: apt-get install docker.io";
  const std::string here{scratch_.path().string()};
  endpoint_ = "unix://" + here + "/docker.sock";
  daemon_ = std::make_unique<ChildProcess>(std::vector<std::string>{
      *dockerd, "--data-root", here + "/data", "--exec-root", here + "/exec", "--pidfile",
      here + "/pid", "--host", endpoint_, "--bridge=none", "--iptables=false", "--ip6tables=false",
      "--ip-forward=false", "--ip-masq=false", "--userland-proxy=false", "--storage-driver=vfs"});
  const auto answers{[&] {
    if (!daemon_->is_running()) return true;
    ChildProcess asked{{"docker", "--host", endpoint_, "version"}};
    return asked.wait_for_exit() && asked.exit_code() == 0;
  }};
  const bool is_up{wait_until(answers, slow_machine)};
  if (!is_up || !daemon_->is_running()) {
    return "dockerd does not run here: " + last_line(daemon_->standard_error());
  }
  // A machine with several addresses has to be told which; nobody else is to reach this swarm.
  ChildProcess init{{"docker", "--host", endpoint_, "swarm", "init", "--advertise-addr",
                     "127.0.0.1", "--listen-addr", "127.0.0.1:0"}};
  const bool has_ended{init.wait_for_exit(slow_machine)};
  if (has_ended && init.exit_code() == 0) return {};
  return "no swarm can be made here: " + last_line(init.standard_error());
}

SwarmRig::~SwarmRig() {
  if (!daemon_) return;
  ChildProcess leave{{"docker", "--host", endpoint_, "swarm", "leave", "--force"}};
  leave.wait_for_exit(slow_machine);
  daemon_->stop(std::chrono::seconds{60});
  daemon_.reset();
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
}

std::optional<std::string> SwarmRig::docker(std::vector<std::string> arguments) const {
  arguments.insert(arguments.begin(), {"docker", "--host", endpoint_});
  return run(std::move(arguments));
}

bool SwarmRig::make_image(const std::string& program, const std::string& name) const {
  static constexpr const char* script {R"(set -e
root=$1; program=$2; host=$3; name=$4
mkdir -p "$root" && cp "$program" "$root/program"
for library in $(ldd "$program" | grep -o '/[^ )]*'); do
  mkdir -p "$root$(dirname "$library")" && cp "$library" "$root$library"
done
tar -C "$root" -c . | docker --host "$host" import --change 'ENTRYPOINT ["/program"]' - "$name"
)"};
  return run({"sh", "-c", script, "sh", (scratch_.path() / "root").string(), program, endpoint_,
              name})
      .has_value();
  }

  std::string SwarmRig::address_prefix() const {
    const int id{static_cast<int>(::getpid())};
    return fmt::format("127.{}.{}", 170 + id % 50, (id / 50) % 250);
  }

}  // namespace spillway::testing
