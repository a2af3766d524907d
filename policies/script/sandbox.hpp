// A Lua 5.4 interpreter that can do nothing but compute: for one call, from one text, within limits
// on instructions and memory. What is left out, and why:
//
//   io os package require load dofile debug       reach the machine, or out of the sandbox
//   pcall xpcall coroutine                         could catch, or hide from, the instruction limit
//   setmetatable getmetatable next rawset ...      a __len or __index can keep C code busy for ever
//   string.find match gmatch gsub pack dump        patterns can take time that no limit counts
//   math.random, table.move, collectgarbage        chance; loops in C; the interpreter's business
//
// And deterministic: `pairs` goes through keys in order (numbers, then texts), since Lua's own
// order depends on addresses; tostring and string.format show no addresses; table.sort takes at
// most 100 elements, beyond which Lua picks pivots by the clock. Functions that loop in C over a
// length that a script can claim without having it (rep, insert, remove) take at most 100 000.
// Hides Lua's API: values go in and come out as `Value`.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace spillway::script {

/// A Lua value, as far as scripts exchange them with us. Lists are tables with the keys 1, 2, ...
struct Value;
using Table = std::map<std::string, Value>;
using List = std::vector<Value>;
struct Value {
  std::variant<std::monostate, bool, double, std::string, List, Table> is{};
};

/// One instruction may work on one block or read one text as a number, so that the product of the
/// two bounds the time: below a second, for what is written to be slow. Usual policies take a
/// thousand instructions.
struct Limits {
  int instructions{200'000};
  std::size_t memory_bytes{std::size_t{4} << 20U};
  std::size_t block_bytes{std::size_t{256} << 10U};  ///< of one table's array, say
  std::size_t text_bytes{1'024};                     ///< of one text
  std::size_t churn_bytes{std::size_t{32} << 20U};   ///< allocated in total, freed or not
};

/// What is wrong with a script, for a person.
struct Fault {
  std::string message{};
  int line{0};  ///< in the script, from 1; 0: unknown
};

/// The value that the function `recommend` of a script returns.
struct Outcome {
  Value value{};
  bool is_fault{false};
  Fault fault{};
};

/// Runs `source`, then its function `recommend` with `argument`. Total and deterministic: any bytes
/// give an outcome, within the limits. A text, never bytecode. Anything that the function returns
/// beyond depth 4 or 10 000 values is a fault.
Outcome call_recommend(const std::string& source, const Table& argument, const Limits& limits);

/// Runs `source` alone, to see whether it can be used: whether it can be read, ends within the
/// limits and has a function `recommend`.
Outcome check_script(const std::string& source, const Limits& limits);

}  // namespace spillway::script
