// A real HAProxy for tests, on free loopback ports, with its runtime API on a UNIX and a TCP
// socket. Time is real here: what is awaited is HAProxy's, and every wait has a limit.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "controller/io/http_client.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/real_time.hpp"

namespace spillway::testing {

struct HaproxyRigOptions {
  std::string web_servers{};   ///< lines of `backend be_web`
  std::string shop_servers{};  ///< lines of `backend be_shop`
  std::string level{"admin"};  ///< of the runtime API
  std::string web_rules{};     ///< lines of `frontend be_web`, before its default
};

/// One HAProxy process. `be_web` and `be_shop` are its backends, each with a frontend of its
/// name.
class HaproxyRig {
 public:
  /// Throws if HAProxy cannot be started.
  explicit HaproxyRig(RealTime& time, HaproxyRigOptions options = {});

  static bool is_installed() { return find_program("haproxy").has_value(); }

  std::string unix_socket() const { return "unix:" + (scratch_.path() / "api.sock").string(); }
  std::string tcp_socket() const { return "127.0.0.1:" + std::to_string(api_port_); }

  /// What HAProxy says to `command`.
  std::string ask(const std::string& command);

  /// Ends the process and starts it again with the same config.
  void restart();
  void stop();
  void start();
  /// For `server-template` slots: what `load-server-state-from-file` reads at the next start.
  void save_server_state();
  /// Stops answering, as a process that hangs; killed with the rig.
  void freeze();

  /// GET through the frontend of `web` or `shop`: status and body, or 0 and the error.
  std::pair<int, std::string> get(const std::string& workload, std::string path = "/");
  /// Starts a GET and returns; `answer` is set once it has ended.
  void start_get(const std::string& workload, std::string path,
                 std::shared_ptr<std::optional<int>> answer);
  /// How many of `count` requests each web server answered, by its name.
  std::map<std::string, int> spread(const std::string& workload, int count);

 private:
  bool answers_on(const std::string& socket);
  io::HttpRequest request(const std::string& workload, std::string path) const;

  RealTime& time_;
  ScratchDirectory scratch_{};
  std::uint16_t api_port_{free_port()};
  std::uint16_t web_port_{free_port()};
  std::uint16_t shop_port_{free_port()};
  std::string config_{};
  std::unique_ptr<io::HttpClient> client_;
  std::unique_ptr<ChildProcess> process_{};
};

}  // namespace spillway::testing
