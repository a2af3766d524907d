#include "tests/contract/traffic/etcd_rig.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <stdexcept>

#include "controller/io/endpoint.hpp"
#include "controller/io/stream_socket.hpp"

namespace spillway::testing {

EtcdRig::EtcdRig(RealTime& time) : time_{time} {
  start();
}

EtcdRig::~EtcdRig() {
  stop();
}

void EtcdRig::start() {
  const std::string peer{fmt::format("http://127.0.0.1:{}", peer_port_)};
  const std::vector<std::string> command{find_program("etcd").value_or("etcd"),
                                         "--data-dir",
                                         (scratch_.path() / "data").string(),
                                         "--listen-client-urls",
                                         url(),
                                         "--advertise-client-urls",
                                         url(),
                                         "--listen-peer-urls",
                                         peer,
                                         "--initial-advertise-peer-urls",
                                         peer,
                                         "--initial-cluster",
                                         "default=" + peer,
                                         "--unsafe-no-fsync"};
  process_ = std::make_unique<ChildProcess>(command);
  const auto endpoint = io::parse_endpoint(fmt::format("127.0.0.1:{}", port_));
  SPILLWAY_ASSERT(endpoint.has_value());
  const bool is_ready{wait_until([&] {
    return !process_->is_running() ||
           time_.run(io::try_connect(*endpoint, time_.clock, time_.soon())).has_value();
  })};
  if (!is_ready || !process_->is_running()) {
    throw std::runtime_error{"etcd did not start: " + process_->standard_error()};
  }
}

void EtcdRig::stop() {
  if (process_) process_->stop(std::chrono::seconds{5});
  process_.reset();
}

void EtcdRig::restart() {
  stop();
  std::filesystem::remove_all(scratch_.path() / "data");
  start();
}

std::string EtcdRig::run(const std::vector<std::string>& arguments) const {
  std::vector<std::string> command{find_program("etcdctl").value_or("etcdctl"),
                                   "--endpoints=" + url()};
  command.insert(command.end(), arguments.begin(), arguments.end());
  ChildProcess etcdctl{command, {.environment = {{"ETCDCTL_API", "3"}}}};
  if (!etcdctl.wait_for_exit() || etcdctl.exit_code() != 0) {
    throw std::runtime_error{"etcdctl: " + etcdctl.standard_error()};
  }
  return etcdctl.standard_output();
}

}  // namespace spillway::testing
