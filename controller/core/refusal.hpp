// Whether two errors say no for the same reason: for what is told, or begun anew, once per change.
// Pure.
#pragma once

#include "controller/core/error.hpp"

namespace spillway {

/// True if both are of the same kind and have the same words, but for those with a digit in them
/// (ids, instants, names of groups), which differ from answer to answer.
bool is_same_refusal(const Error& a, const Error& b);

}  // namespace spillway
