// A real nginx for tests, unprivileged, in a directory of its own, on free loopback ports. Its
// upstreams `web` and `shop` are files that the adapter writes.
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

class NginxRig {
 public:
  /// Throws if nginx cannot be started. `base_port` is a server that both always have; without it
  /// requests reach burst replicas or nobody.
  NginxRig(RealTime& time, std::optional<int> base_port);
  ~NginxRig();
  NginxRig(const NginxRig&) = delete;
  NginxRig& operator=(const NginxRig&) = delete;

  static bool is_installed() { return find_program("nginx").has_value(); }

  /// What the adapter's settings need.
  std::string template_path() const { return (scratch_.path() / "upstream.tmpl").string(); }
  std::string file_pattern() const { return file("{{workload}}"); }
  std::string file(const std::string& workload) const {
    return (scratch_.path() / "burst" / (workload + ".conf")).string();
  }
  std::vector<std::string> command(const std::vector<std::string>& arguments) const;

  void write_template(const std::string& text) const { scratch_.write("upstream.tmpl", text); }
  const std::string& template_text() const { return template_text_; }

  /// Whether a reload is over: old workers, which take connections for a moment longer, are
  /// leaving.
  bool has_settled() const;

  /// Its machine is restored from an image: the files as without replicas, and a new process.
  void restart();

  io::HttpRequest request(const std::string& workload, std::string path) const;
  /// GET by way of `web` or `shop`: status and body, or 0 and the error.
  std::pair<int, std::string> get(const std::string& workload, std::string path = "/");
  void start_get(const std::string& workload, std::string path,
                 std::shared_ptr<std::optional<int>> answer);
  io::HttpClient& client() { return *client_; }

 private:
  void write_pristine() const;
  void start();

  RealTime& time_;
  ScratchDirectory scratch_{};
  std::uint16_t web_port_{free_port()};
  std::uint16_t shop_port_{free_port()};
  std::string template_text_{};
  std::unique_ptr<io::HttpClient> client_{};
  std::unique_ptr<ChildProcess> process_{};
};

}  // namespace spillway::testing
