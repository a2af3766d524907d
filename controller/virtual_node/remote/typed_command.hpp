// A command with arguments, its input, its output and its exit code, through a terminal that starts
// one program without arguments and tells no exit code: the program is a shell, and the command is
// typed into it. Marks that no program writes by chance, made of `nonce`, say where its output
// begins and ends. Pure; the output is foreign.
//
// What is typed, in one line (the command itself only as octal digits, so that no shell's line
// editor, history or terminal setting changes it):
//   stty -echo -onlcr -ixon; printf MARK-begin; eval COMMAND; printf MARK-code; exit
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/core/error.hpp"

namespace spillway::virtual_node {

class TypedCommand {
 public:
  struct Wanted {
    std::vector<std::string> command{};  ///< at least the program
    bool has_input{false};
    bool has_terminal{false};  ///< what is typed and written stays as a terminal has it
    std::string nonce{};       ///< letters and digits
  };

  explicit TypedCommand(Wanted wanted);

  /// Typed to begin with. Error: `too_large` for a command that no terminal takes in one line.
  Result<std::string> first_line() const;

  /// The client's input as it is to be typed: bytes that mean something to a terminal are quoted
  /// unless the client has one itself, and long lines are cut where a terminal would lose their
  /// end.
  std::string type(std::string_view input);
  /// The end of input.
  std::string type_end();

  /// What of the terminal's output is the command's. Empty before it begins and after it has ended.
  std::string output(std::string_view bytes);

  bool has_begun() const { return stage_ != Stage::before; }
  bool has_ended() const { return stage_ == Stage::after; }
  /// From 0 to 255, once it has ended.
  std::optional<int> exit_code() const { return exit_code_; }
  /// What came before it began, at most 300 bytes: a shell's complaint, perhaps.
  std::string before() const;

  /// `words` for a POSIX shell, each in quotes.
  static std::string quoted(const std::vector<std::string>& words);

 private:
  enum class Stage { before, inside, after };

  Wanted wanted_;
  Stage stage_{Stage::before};
  std::string held_{};  ///< may be the beginning of a mark
  std::string before_{};
  std::optional<int> exit_code_{};
  std::size_t unsent_{0};  ///< typed since the terminal last passed its line on
};

}  // namespace spillway::virtual_node
