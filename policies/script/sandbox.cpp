#include "policies/script/sandbox.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <lua.hpp>
#include <string_view>
#include <utility>

#include "policies/script/library.hpp"

namespace spillway::script {
namespace {

constexpr int deepest{4};
constexpr int most_values{10'000};
/// Stands before every message that is about a place in the script.
constexpr const char* chunk_name{"=script"};

/// The interpreter's memory, counted. Its own allocator, since Lua has no limit of its own.
struct Memory {
  const Limits& limits;
  std::size_t used{0};
  std::size_t churn{0};
};

void* allocate(void* user, void* block, std::size_t before, std::size_t after) {
  auto& memory{*static_cast<Memory*>(user)};
  // Without a block it is the kind of object, and a text the only one that C code goes through byte
  // by byte: as often as a script uses it for a number.
  const std::size_t old_size{block == nullptr ? 0 : before};
  const bool is_text{block == nullptr && before == LUA_TSTRING};
  if (after == 0) {
    memory.used -= old_size;
    std::free(block);
    return nullptr;
  }
  const bool is_too_much{memory.used - old_size + after > memory.limits.memory_bytes ||
                         after > memory.limits.block_bytes ||
                         (is_text && after > memory.limits.text_bytes) ||
                         memory.churn + after > memory.limits.churn_bytes};
  // Lua relies on it that shrinking a block never fails.
  if (after > old_size && is_too_much) return nullptr;
  void* const moved{std::realloc(block, after)};
  if (moved == nullptr) return nullptr;
  memory.used = memory.used - old_size + after;
  memory.churn += after;
  return moved;
}

void on_limit(lua_State* lua, lua_Debug*) {
  luaL_where(lua, 0);  // the function that runs: a hook has no level of its own
  lua_pushliteral(lua, "takes too long: the limit of instructions is reached");
  lua_concat(lua, 2);
  lua_error(lua);
}

struct Closer {
  void operator()(lua_State* lua) const { lua_close(lua); }
};
using State = std::unique_ptr<lua_State, Closer>;

// --- values in ----------------------------------------------------------------------------------

void push(lua_State* lua, const Value& value);

void push_list(lua_State* lua, const List& list) {
  lua_newtable(lua);
  for (std::size_t i{0}; i < list.size(); ++i) {
    push(lua, list[i]);
    lua_rawseti(lua, -2, static_cast<lua_Integer>(i) + 1);
  }
}

void push_table(lua_State* lua, const Table& table) {
  lua_newtable(lua);
  for (const auto& [key, value] : table) {
    lua_pushlstring(lua, key.data(), key.size());
    push(lua, value);
    lua_rawset(lua, -3);
  }
}

void push(lua_State* lua, const Value& value) {
  luaL_checkstack(lua, 4, nullptr);
  if (const auto* const flag{std::get_if<bool>(&value.is)}) {
    lua_pushboolean(lua, *flag ? 1 : 0);
  } else if (const auto* const number{std::get_if<double>(&value.is)}) {
    lua_pushnumber(lua, *number);
  } else if (const auto* const text{std::get_if<std::string>(&value.is)}) {
    lua_pushlstring(lua, text->data(), text->size());
  } else if (const auto* const list{std::get_if<List>(&value.is)}) {
    push_list(lua, *list);
  } else if (const auto* const table{std::get_if<Table>(&value.is)}) {
    push_table(lua, *table);
  } else {
    lua_pushnil(lua);
  }
}

// --- values out ---------------------------------------------------------------------------------

/// Takes values off the stack without raising Lua errors, so that no C++ object is jumped over.
class Taker {
 public:
  explicit Taker(lua_State* lua) : lua_{lua} {}

  Value take(int index, int depth) {
    if (++values_ > most_values) return fail("returns too many values");
    switch (lua_type(lua_, index)) {
      case LUA_TNIL:
        return {};
      case LUA_TBOOLEAN:
        return {lua_toboolean(lua_, index) != 0};
      case LUA_TNUMBER:
        return {static_cast<double>(lua_tonumber(lua_, index))};
      case LUA_TSTRING: {
        std::size_t length{0};
        const char* const text{lua_tolstring(lua_, index, &length)};
        return {std::string{text, length}};
      }
      case LUA_TTABLE:
        return depth >= deepest ? fail("returns tables too deep within each other")
                                : take_table(index, depth);
      default:
        return fail(fmt::format("returns a {}", lua_typename(lua_, lua_type(lua_, index))));
    }
  }

  const std::string& problem() const { return problem_; }

 private:
  Value fail(std::string problem) {
    if (problem_.empty()) problem_ = std::move(problem);
    return {};
  }

  Value take_table(int index, int depth) {
    const auto length{static_cast<lua_Integer>(lua_rawlen(lua_, index))};
    if (lua_checkstack(lua_, 4) == 0) return fail("returns too much");
    if (length > 0) {
      List list{};
      for (lua_Integer i{1}; i <= length && problem_.empty(); ++i) {
        lua_rawgeti(lua_, index, i);
        list.push_back(take(lua_gettop(lua_), depth + 1));
        lua_pop(lua_, 1);
      }
      return {std::move(list)};
    }
    Table table{};
    lua_pushnil(lua_);
    while (lua_next(lua_, index) != 0) {
      if (lua_type(lua_, -2) != LUA_TSTRING) {
        lua_pop(lua_, 2);
        return fail("returns a table with a key that is no text");
      }
      std::size_t key_length{0};
      const char* const key{lua_tolstring(lua_, -2, &key_length)};
      table[std::string{key, key_length}] = take(lua_gettop(lua_), depth + 1);
      lua_pop(lua_, 1);
      if (!problem_.empty()) {
        lua_pop(lua_, 1);
        return {};
      }
    }
    return {std::move(table)};
  }

  lua_State* lua_;
  int values_{0};
  std::string problem_{};
};

// --- the call -----------------------------------------------------------------------------------

/// `script:12: attempt to ...` as its line and its words.
Fault fault_of(std::string_view message) {
  constexpr std::string_view prefix{"script:"};
  Fault fault{};
  if (message.starts_with(prefix)) {
    const std::string_view rest{message.substr(prefix.size())};
    const auto read{std::from_chars(rest.data(), rest.data() + rest.size(), fault.line)};
    const auto length{static_cast<std::size_t>(read.ptr - rest.data())};
    if (read.ec == std::errc{} && rest.substr(length).starts_with(": ")) {
      message = rest.substr(length + 2);
    }
  }
  fault.message = std::string{message.substr(0, 500)};
  return fault;
}

Outcome failed(Fault fault) {
  return {.value = {}, .is_fault = true, .fault = std::move(fault)};
}

Outcome failed(lua_State* lua, int status) {
  if (status == LUA_ERRMEM)
    return failed({.message = "needs too much memory, or a text longer than 1 KiB"});
  std::size_t length{0};
  const char* const text{lua_type(lua, -1) == LUA_TSTRING ? lua_tolstring(lua, -1, &length)
                                                          : nullptr};
  if (text == nullptr) return failed({.message = "raised an error that is no text"});
  return failed(fault_of({text, length}));
}

/// What runs under Lua's protection: everything in it may raise errors, which jump.
struct Call {
  const std::string* source{nullptr};
  const Table* argument{nullptr};  ///< null: only the script itself
};

/// Runs in protected mode. Holds nothing that would need a destructor. Leaves the result.
int run(lua_State* lua) {
  const auto& call{*static_cast<const Call*>(lua_touserdata(lua, 1))};
  open_library(lua);
  const int status{
      luaL_loadbufferx(lua, call.source->data(), call.source->size(), chunk_name, "t")};
  if (status != LUA_OK) return lua_error(lua);
  lua_call(lua, 0, 0);
  if (lua_getglobal(lua, "recommend") != LUA_TFUNCTION) {
    return luaL_error(lua, "has no function named recommend");
  }
  if (call.argument == nullptr) return 1;
  push_table(lua, *call.argument);
  lua_call(lua, 1, 1);
  return 1;
}

Outcome call_in_sandbox(const Call& call, const Limits& limits) {
  Memory memory{.limits = limits};
  const State lua{lua_newstate(allocate, &memory)};
  if (!lua) return failed({.message = "needs too much memory"});
  lua_sethook(lua.get(), on_limit, LUA_MASKCOUNT, limits.instructions);
  lua_pushcfunction(lua.get(), run);
  Call copy{call};
  lua_pushlightuserdata(lua.get(), &copy);
  const int status{lua_pcall(lua.get(), 1, 1, 0)};
  if (status != LUA_OK) return failed(lua.get(), status);
  if (call.argument == nullptr) return {};
  Taker taker{lua.get()};
  Value value{taker.take(lua_gettop(lua.get()), 0)};
  if (!taker.problem().empty()) return failed({.message = taker.problem()});
  return {.value = std::move(value), .is_fault = false, .fault = {}};
}

}  // namespace

Outcome call_recommend(const std::string& source, const Table& argument, const Limits& limits) {
  return call_in_sandbox({.source = &source, .argument = &argument}, limits);
}

Outcome check_script(const std::string& source, const Limits& limits) {
  return call_in_sandbox({.source = &source, .argument = nullptr}, limits);
}

}  // namespace spillway::script
