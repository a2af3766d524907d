// Readiness probes of replicas: a TCP connection, or a GET and its status. Who is probed how often
// and what a failure means is decided elsewhere.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "controller/core/error.hpp"
#include "controller/io/clock.hpp"
#include "controller/io/deadline.hpp"
#include "controller/io/http_client.hpp"

namespace spillway::io {

struct ProbeTarget {
  std::string ip{};
  std::uint16_t port{80};
  std::string path{};  ///< asked with GET; empty = a TCP connection is enough
  std::string scheme{
      "http"};  ///< or "https"; whether its certificate counts is the client's setting
  std::map<std::string, std::string> headers{};  ///< beside the usual ones
  int status_min{200};  ///< the statuses that mean "ready", as Kubernetes takes them
  int status_max{399};

  bool operator==(const ProbeTarget&) const = default;
};

class Prober {
 public:
  virtual ~Prober() = default;

  /// Success: ready. Every error means "not ready"; its context says why. Always over a connection
  /// of its own: a kept one would prove nothing about new clients.
  virtual boost::asio::awaitable<Result<void>> probe(ProbeTarget target, Deadline deadline) = 0;
};

/// `clock` and `client` must outlive the prober.
std::unique_ptr<Prober> make_prober(Clock& clock, HttpClient& client);

}  // namespace spillway::io
