// What is asked of Azure about standby pools and the profiles of the same name, a request each, or
// all pages of one listing. Remembers nothing and decides nothing: what pools there should be is
// aci_standby.hpp's business. One thread: the one that runs the io_context.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>
#include <vector>

#include "controller/provider/aci/aci_settings.hpp"
#include "controller/provider/aci/arm_client.hpp"
#include "controller/provider/aci/standby_body.hpp"

namespace spillway::aci {

/// The paths of a pool and a profile in ARM.
std::string pool_path(const Scope& scope, const std::string& name);
std::string profile_path(const Scope& scope, const std::string& name);

class PoolClient {
 public:
  /// `owner` is the value of our owner tag. `arm` must outlive the client.
  PoolClient(ArmClient& arm, std::string owner);

  /// The pool at `path`: nothing if there is none; `denied` if it is not ours.
  boost::asio::awaitable<Result<std::optional<PoolAnswer>>> look(std::string path,
                                                                 io::Deadline deadline);
  /// What the pool at `path` has; `not_found` if there is none.
  boost::asio::awaitable<Result<StandbyStock>> stock_of(std::string path, io::Deadline deadline);

  /// All pools and all profiles of a scope, ours or not.
  boost::asio::awaitable<Result<std::vector<PoolAnswer>>> pools_in(Scope scope,
                                                                   io::Deadline deadline);
  boost::asio::awaitable<Result<std::vector<PoolAnswer>>> profiles_in(Scope scope,
                                                                      io::Deadline deadline);

  /// Creates or changes the profile `name` at `path`; the revision that it has now.
  boost::asio::awaitable<Result<int>> write_profile(std::string path, std::string name,
                                                    std::string body, io::Deadline deadline);
  /// Creates or changes the pool `name` at `path`: accepted, not done.
  boost::asio::awaitable<Result<void>> write_pool(std::string path, std::string name,
                                                  std::string body, io::Deadline deadline);

  /// Begins the removal of a pool, and of its profile if that can go already. Idempotent. Whose
  /// they are is not looked at.
  boost::asio::awaitable<Result<void>> erase(Scope scope, std::string name, io::Deadline deadline);
  /// No error, whatever Azure says: a profile costs nothing, and cannot go before its pool is gone.
  boost::asio::awaitable<void> erase_profile(Scope scope, std::string name, io::Deadline deadline);

 private:
  boost::asio::awaitable<Result<std::vector<PoolAnswer>>> list_all(ArmRequest first,
                                                                   io::Deadline deadline);

  ArmClient& arm_;
  std::string owner_;
};

}  // namespace spillway::aci
