// Who we are at an API server, kept fresh: a token file is read anew, a plugin is run again before
// its credential expires or after it was refused. One renewal at a time. One thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <optional>
#include <string>

#include "controller/core/error.hpp"
#include "controller/io/clock.hpp"
#include "controller/io/deadline.hpp"
#include "controller/kubernetes/exec_credential.hpp"
#include "controller/kubernetes/kubeconfig.hpp"

namespace spillway::kubernetes {

class Credentials {
 public:
  /// `clock` must outlive it.
  Credentials(Access access, io::Clock& clock);

  /// What to show now. Errors: those of reading files; `denied` if the plugin fails or asks for a
  /// person; `bad_request` if it does not exist; `malformed`; `timeout`.
  boost::asio::awaitable<Result<Credential>> get(io::Deadline deadline);

  /// The server has refused the last one: the next `get` renews it. False if there is nothing to
  /// renew, so that asking again is useless.
  bool refused();

 private:
  boost::asio::awaitable<Result<Credential>> renew(io::Deadline deadline);
  boost::asio::awaitable<Result<Credential>> run_plugin(io::Deadline deadline);
  Result<Credential> read_files() const;
  bool is_good(TimePoint now) const;

  Access access_;
  io::Clock& clock_;
  std::optional<Credential> current_{};
  TimePoint read_at_{};
  bool is_renewing_{false};
};

}  // namespace spillway::kubernetes
