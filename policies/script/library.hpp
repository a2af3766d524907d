// The functions that a script may call: the harmless part of Lua's standard library, and a few of
// our own in place of those that are not deterministic.
#pragma once

#include <lua.hpp>

namespace spillway::script {

/// Defines the library in the globals of `lua`, whose own libraries are not opened.
void open_library(lua_State* lua);

}  // namespace spillway::script
