#include "policies/script/library.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

namespace spillway::script {
namespace {

/// Lua's sort chooses pivots by the clock beyond this.
constexpr lua_Integer most_sorted{100};
/// A border that a table claims, or a count, may be beyond everything that is there.
constexpr lua_Integer longest_loop{100'000};

/// Orders two keys on the stack: numbers before texts, both ascending. Other keys are an error,
/// since there is no order for them that every run would repeat.
bool comes_before(lua_State* lua, int a, int b) {
  const bool is_number_a{lua_type(lua, a) == LUA_TNUMBER};
  const bool is_number_b{lua_type(lua, b) == LUA_TNUMBER};
  if (is_number_a != is_number_b) return is_number_a;
  return lua_compare(lua, a, b, LUA_OPLT) != 0;
}

/// sorted_next(state, key): state is {keys, table}; the upvalue counts.
int step_pairs(lua_State* lua) {
  const lua_Integer index{lua_tointeger(lua, lua_upvalueindex(2)) + 1};
  lua_pushinteger(lua, index);
  lua_replace(lua, lua_upvalueindex(2));
  if (lua_rawgeti(lua, lua_upvalueindex(1), index) == LUA_TNIL) return 1;
  lua_pushvalue(lua, -1);
  lua_rawget(lua, lua_upvalueindex(3));
  return 2;
}

/// Merges the sorted halves of keys[from, to) through a scratch table: no recursion through Lua.
void merge_keys(lua_State* lua, int keys, int scratch, lua_Integer from, lua_Integer middle,
                lua_Integer to) {
  lua_Integer left{from};
  lua_Integer right{middle};
  for (lua_Integer at{from}; at < to; ++at) {
    bool takes_left{right >= to};
    if (left < middle && right < to) {
      lua_rawgeti(lua, keys, left + 1);
      lua_rawgeti(lua, keys, right + 1);
      takes_left = !comes_before(lua, -1, -2);
      lua_pop(lua, 2);
    }
    lua_rawgeti(lua, keys, (takes_left ? left++ : right++) + 1);
    lua_rawseti(lua, scratch, at + 1);
  }
  for (lua_Integer at{from}; at < to; ++at) {
    lua_rawgeti(lua, scratch, at + 1);
    lua_rawseti(lua, keys, at + 1);
  }
}

/// pairs(table), with keys in order.
int ordered_pairs(lua_State* lua) {
  luaL_checktype(lua, 1, LUA_TTABLE);
  lua_settop(lua, 1);
  lua_newtable(lua);
  const int keys{lua_gettop(lua)};
  lua_Integer count{0};
  lua_pushnil(lua);
  while (lua_next(lua, 1) != 0) {
    lua_pop(lua, 1);
    const int type{lua_type(lua, -1)};
    if (type != LUA_TNUMBER && type != LUA_TSTRING) {
      return luaL_error(lua, "pairs: keys must be numbers or texts, found a %s",
                        lua_typename(lua, type));
    }
    lua_pushvalue(lua, -1);
    lua_rawseti(lua, keys, ++count);
  }
  lua_newtable(lua);
  const int scratch{lua_gettop(lua)};
  for (lua_Integer width{1}; width < count; width *= 2) {
    for (lua_Integer from{0}; from + width < count; from += 2 * width) {
      merge_keys(lua, keys, scratch, from, from + width, std::min(count, from + 2 * width));
    }
  }
  lua_pushvalue(lua, keys);
  lua_pushinteger(lua, 0);
  lua_pushvalue(lua, 1);
  lua_pushcclosure(lua, step_pairs, 3);
  return 1;
}

/// Calls Lua's own function, the upvalue, with the arguments.
int call_wrapped(lua_State* lua, int results) {
  const int count{lua_gettop(lua)};
  lua_pushvalue(lua, lua_upvalueindex(1));
  lua_insert(lua, 1);
  lua_call(lua, count, results);
  return results == LUA_MULTRET ? lua_gettop(lua) : results;
}

bool has_address(lua_State* lua, int index) {
  const int type{lua_type(lua, index)};
  return type == LUA_TTABLE || type == LUA_TFUNCTION;
}

/// tostring(value); tables and functions by their type alone.
int plain_tostring(lua_State* lua) {
  luaL_checkany(lua, 1);
  if (has_address(lua, 1)) {
    lua_pushstring(lua, luaL_typename(lua, 1));
  } else {
    luaL_tolstring(lua, 1, nullptr);
  }
  return 1;
}

/// string.format(...) without %p, and for numbers, texts, booleans and nil; upvalue: Lua's own.
int plain_format(lua_State* lua) {
  const int count{lua_gettop(lua)};
  std::size_t length{0};
  const char* const text{luaL_checklstring(lua, 1, &length)};
  if (std::string_view{text, length}.find("%p") != std::string_view::npos) {
    return luaL_error(lua, "format: %%p is not supported");
  }
  for (int i{2}; i <= count; ++i) {
    if (has_address(lua, i)) {
      return luaL_error(lua, "format: cannot show a %s", luaL_typename(lua, i));
    }
  }
  return call_wrapped(lua, 1);
}

/// table.insert and table.remove of lists that are not longer than they can be.
int bounded_list(lua_State* lua) {
  luaL_checktype(lua, 1, LUA_TTABLE);
  if (luaL_len(lua, 1) > longest_loop) return luaL_error(lua, "the list is too long");
  return call_wrapped(lua, LUA_MULTRET);
}

/// string.rep(text, count, separator).
int bounded_rep(lua_State* lua) {
  if (luaL_checkinteger(lua, 2) > longest_loop) return luaL_error(lua, "rep: too many times");
  return call_wrapped(lua, 1);
}

/// table.sort(list, order) of few elements; upvalue: Lua's own.
int small_sort(lua_State* lua) {
  luaL_checktype(lua, 1, LUA_TTABLE);
  if (luaL_len(lua, 1) > most_sorted) {
    return luaL_error(lua, "sort: at most 100 elements");
  }
  return call_wrapped(lua, 0);
}

/// Opens one of Lua's libraries, and keeps only what is named.
template <std::size_t size>
void open_part(lua_State* lua, const char* name, lua_CFunction open,
               const std::array<const char*, size>& kept) {
  lua_pushcfunction(lua, open);
  lua_pushstring(lua, name);
  lua_call(lua, 1, 1);
  lua_newtable(lua);
  for (const char* const each : kept) {
    lua_getfield(lua, -2, each);
    lua_setfield(lua, -2, each);
  }
  lua_remove(lua, -2);
}

/// Replaces `table.name` on the top by a closure over what it was.
void wrap(lua_State* lua, const char* name, lua_CFunction function) {
  lua_getfield(lua, -1, name);
  lua_pushcclosure(lua, function, 1);
  lua_setfield(lua, -2, name);
}

/// Texts share a metatable that leads to Lua's whole string library: theirs shall be ours.
void set_text_methods(lua_State* lua) {
  lua_pushliteral(lua, "");
  if (lua_getmetatable(lua, -1) != 0) {
    lua_pushvalue(lua, -3);
    lua_setfield(lua, -2, "__index");
    lua_pop(lua, 1);
  }
  lua_pop(lua, 1);
}

}  // namespace

void open_library(lua_State* lua) {
  static constexpr std::array base{"assert", "error", "ipairs", "select", "tonumber", "type"};
  static constexpr std::array text{"byte", "char",    "format", "len",  "lower",
                                   "rep",  "reverse", "sub",    "upper"};
  static constexpr std::array table{"concat", "insert", "remove", "sort", "unpack"};
  static constexpr std::array math{
      "abs",        "ceil", "exp", "floor", "fmod",      "huge", "log", "max", "maxinteger", "min",
      "mininteger", "modf", "pi",  "sqrt",  "tointeger", "type", "ult", "sin", "cos"};

  // luaopen_base writes into the globals themselves: these are replaced afterwards.
  open_part(lua, "_G", luaopen_base, base);
  lua_pushcfunction(lua, ordered_pairs);
  lua_setfield(lua, -2, "pairs");
  lua_pushcfunction(lua, plain_tostring);
  lua_setfield(lua, -2, "tostring");

  open_part(lua, "string", luaopen_string, text);
  wrap(lua, "format", plain_format);
  wrap(lua, "rep", bounded_rep);
  set_text_methods(lua);
  lua_setfield(lua, -2, "string");
  open_part(lua, "table", luaopen_table, table);
  wrap(lua, "sort", small_sort);
  wrap(lua, "insert", bounded_list);
  wrap(lua, "remove", bounded_list);
  lua_setfield(lua, -2, "table");
  open_part(lua, "math", luaopen_math, math);
  lua_setfield(lua, -2, "math");

  lua_pushvalue(lua, -1);
  lua_setfield(lua, -2, "_G");
  lua_rawseti(lua, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
}

}  // namespace spillway::script
