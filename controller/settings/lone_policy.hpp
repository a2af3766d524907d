// One policy that stands alone, as a person writes it on a command line: read with the care of the
// config file, and given what it names and does not hold, a script or the rules of a time zone.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "controller/settings/config_error.hpp"
#include "controller/settings/environment.hpp"
#include "policies/registry.hpp"

namespace spillway::settings {

/// Either a policy that can be built, or at least one error.
using LonePolicy = std::variant<std::shared_ptr<PolicyDraft>, std::vector<ConfigError>>;

/// `text` is the policy's section, with its `type`; `name` is what errors call it. A script is
/// relative to the working directory.
LonePolicy parse_policy(std::string_view text, const std::string& name,
                        const Environment& environment);

}  // namespace spillway::settings
