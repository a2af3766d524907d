// What a container's image rule means as a program to run: placeholders replaced, program found,
// environment put together.
#pragma once

#include "tests/emulator/container_init.hpp"
#include "tests/emulator/group.hpp"
#include "tests/emulator/options.hpp"

namespace spillway::emulator {

/// `{ip}`, `{port}`, `{group}`, `{container}`, `{region}`, `{cpu}`, `{memory_gb}` in `text`
/// replaced; other braces stay. `{port}` is the container's first port, or else the group's.
std::string fill_placeholders(std::string text, const Container& container, const Group& group);

/// The launch of `container`; `output` is left to the caller.
Launch launch_of(const ImageRule& rule, const Container& container, const Group& group);

}  // namespace spillway::emulator
