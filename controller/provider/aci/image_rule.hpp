// How the name of a container image may be written, as registries read it: HOST/NAME:TAG@DIGEST.
// What is wrong here no registry has, and Azure says so only after minutes of trying. Pure.
#pragma once

#include <string>
#include <string_view>

namespace spillway::aci {

/// What is wrong with the name, and what to do about it; empty if nothing is. A name that is empty
/// is somebody else's to tell.
/// Source: the grammar of github.com/distribution/reference.
std::string image_fault(std::string_view image);

}  // namespace spillway::aci
