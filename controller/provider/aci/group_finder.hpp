// Where our groups are: one is read by its name, and all are listed, over every scope of the
// settings and what is left in former ones. Keeps no list, only where a group was last seen, so
// that it need not be looked for everywhere. Makes and removes nothing. One thread: the one that
// runs the io_context.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <map>
#include <string>
#include <vector>

#include "controller/provider/aci/aci_settings.hpp"
#include "controller/provider/aci/arm_client.hpp"
#include "controller/provider/aci/former_scopes.hpp"
#include "controller/provider/burst_provider.hpp"

namespace spillway::aci {

/// The path of a group in ARM.
std::string group_path(const Scope& scope, const GroupId& id);

/// A group of ours, and where it was found.
struct SeenGroup {
  ProviderGroup group{};
  Scope scope{};
};

class GroupFinder {
 public:
  /// `owner` is the value of our owner tag. `arm` must outlive the finder.
  GroupFinder(ArmClient& arm, AciSettings settings, std::string owner);

  /// From now on groups are also looked for in the scopes of `former`, which hears what is there.
  /// Must outlive the finder.
  void also_look_in(FormerScopes& former) {
    former_ = &former;
    witness_ = former.add_witness();
  }

  /// All groups of ours, and the places whose scope could not be listed. An error only if no scope
  /// of the settings could be, or if it was cancelled.
  boost::asio::awaitable<Result<Listing>> list(io::Deadline deadline);

  /// Where it was last seen, else everywhere. `not_found` only if every scope says so. Errors
  /// besides those of ARM: denied (it does not carry our owner tag), malformed.
  boost::asio::awaitable<Result<SeenGroup>> look_at(GroupId id, ArmShare share,
                                                    io::Deadline deadline);
  /// The same in one scope.
  boost::asio::awaitable<Result<SeenGroup>> look_in(Scope scope, GroupId id, ArmShare share,
                                                    io::Deadline deadline);

  /// The scope of a group, which is looked for only if it may be in more than one. Errors as
  /// `look_at`.
  boost::asio::awaitable<Result<Scope>> home_of(GroupId id, io::Deadline deadline);
  void remember_home(const GroupId& id, const Scope& scope);

 private:
  boost::asio::awaitable<Result<SeenGroup>> look_unless_denied(Scope scope, GroupId id,
                                                               ArmShare share,
                                                               io::Deadline deadline);
  boost::asio::awaitable<Result<void>> list_scope(Scope scope, std::vector<ProviderGroup>& ours,
                                                  io::Deadline deadline);
  boost::asio::awaitable<Result<void>> list_former(Listing& listing, io::Deadline deadline);
  std::vector<Scope> all_scopes() const;
  std::vector<Place> places_in(const Scope& scope) const;

  ArmClient& arm_;
  AciSettings settings_;
  std::string owner_;
  std::vector<Scope> scopes_;
  FormerScopes* former_{nullptr};
  int witness_{0};
  std::map<GroupId, Scope> homes_{};  // where a group was last seen
};

}  // namespace spillway::aci
