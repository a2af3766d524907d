// What a valid configuration may still have got wrong: nothing that forbids a start, but a person
// should see it.
#pragma once

#include <string>
#include <vector>

#include "controller/settings/config.hpp"

namespace spillway::cli {

/// A sentence each, in the order of the settings: regions that nobody has heard of, with the one
/// that was probably meant, and regions whose price is not known and so taken to be another one's.
std::vector<std::string> remarks_on(const settings::Config& config);

}  // namespace spillway::cli
