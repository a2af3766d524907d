// Container group profiles: versioned templates of groups. Each PUT that changes something makes a
// new revision; old ones stay. A group may be made of a profile and what it says beyond it.
#pragma once

#include <boost/json/object.hpp>
#include <map>
#include <string>

#include "tests/emulator/arm_error.hpp"
#include "tests/emulator/options.hpp"
#include "tests/emulator/resource_id.hpp"

namespace spillway::emulator {

struct Profile {
  struct Revision {
    boost::json::object raw;    ///< the body as sent, secrets included: groups are made of it
    boost::json::object shown;  ///< location, zones, properties as an answer shows them
  };
  ResourceName name;
  std::map<int, Revision> revisions;  ///< never empty
  boost::json::object tags{};         ///< of the profile, not of a revision
  TimePoint in_use_until{};           ///< while the pool that used it is still going

  int newest() const { return revisions.rbegin()->first; }
};

inline constexpr std::string_view profile_type{
    "Microsoft.ContainerInstance/containerGroupProfiles"};

/// By ResourceName::key().
using Profiles = std::map<std::string, Profile>;

/// Reads and checks a PUT; the revision is not numbered yet.
Outcome<Profile::Revision> read_profile(const boost::json::value& body,
                                        const EmulatorOptions& options);

boost::json::object show_profile(const Profile& profile, int revision);

/// `body` of a container group's PUT with what its `containerGroupProfile` says wherever the body
/// is silent: properties, and for each container what the one of the same name lacks. The body
/// itself if it names no profile; 400 if the profile or the revision does not exist.
Outcome<boost::json::value> with_profile(const boost::json::value& body, const Profiles& profiles);

}  // namespace spillway::emulator
