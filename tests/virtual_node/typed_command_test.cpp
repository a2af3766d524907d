// Commands that are typed into a shell: what a real shell makes of the line, and what is taken out
// of its output again.
#include "controller/virtual_node/remote/typed_command.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/support/child_process.hpp"
#include "tests/support/printing.hpp"

namespace spillway::typed_command_test {

using namespace spillway::virtual_node;
using namespace spillway::testing;

namespace {

struct Done {
  std::string output{};
  std::optional<int> code{};

  bool operator==(const Done&) const = default;
};

/// Lets /bin/sh read the line, and reads what it writes byte by byte.
Done run(std::vector<std::string> command) {
  TypedCommand typed{{.command = std::move(command), .nonce = "n0nce"}};
  const auto line = typed.first_line();
  REQUIRE(line);
  ChildProcess shell{{"/bin/sh", "-c", *line}};
  REQUIRE(shell.wait_for_exit(std::chrono::seconds{20}));
  Done done{};
  for (const char each : shell.standard_output()) done.output += typed.output({&each, 1});
  done.code = typed.exit_code();
  return done;
}

TypedCommand some_command(bool has_terminal = false) {
  return TypedCommand{
      {.command = {"cat"}, .has_input = true, .has_terminal = has_terminal, .nonce = "abc"}};
}

}  // namespace

TEST_CASE("a shell runs the words as they are and the exit code comes back") {
  CHECK(run({"echo", "hello", "world"}) == Done{"hello world\n", 0});
  CHECK(run({"sh", "-c", "exit 3"}) == Done{"", 3});
  CHECK(run({"false"}) == Done{"", 1});
  CHECK(run({"printf", "%s|", "it's", "a \"b\" $HOME `x` !y \\ *", "", "tab\there",
             "line\nbreak"}) == Done{"it's|a \"b\" $HOME `x` !y \\ *||tab\there|line\nbreak|", 0});
  CHECK(run({"printf", "%s", "\xc3\xa4\x01\x7f%d1\\0"}) == Done{"\xc3\xa4\x01\x7f%d1\\0", 0});
  CHECK(run({"/no/such/program"}).code == 127);
  CHECK(run({"sh", "-c", "kill -9 $$"}).code == 137);
}

TEST_CASE("without input a command finds its input at the end") {
  CHECK(run({"cat"}) == Done{"", 0});
}

TEST_CASE("what is typed is nothing that a line editor could change, and no mark by itself") {
  const TypedCommand typed{{.command = {"a\tb\n\x03!x\x1e"}, .nonce = "n"}};
  const std::string line{typed.first_line().value()};
  CHECK(line.find_first_of("\t\x03!\x1e") == std::string::npos);
  CHECK(line.find('\n') == line.size() - 1);
  // Linux obeys a stop character that is quoted, too, while its buffer is full: it would stay
  // stopped.
  CHECK(line.find("stty -echo -onlcr -ixon ") != std::string::npos);
  TypedCommand echoed{{.command = {"a"}, .nonce = "n"}};
  CHECK(echoed.output(echoed.first_line().value()).empty());
  CHECK_FALSE(echoed.has_begun());
}

TEST_CASE("a command that no terminal takes in one line is refused in words") {
  const TypedCommand typed{{.command = {"echo", std::string(5000, 'x')}, .nonce = "n"}};
  const auto line = typed.first_line();
  REQUIRE_FALSE(line);
  CHECK(line.error().code == Errc::too_large);
}

TEST_CASE("only what is between the marks is output, in whatever pieces it comes") {
  const std::string all{
      "# typed\r\n\x1e\x1e"
      "abx\x1e"
      "abc\x1eout\x1eput\x1e"
      "abc:\x1e"
      "abc:9999\x1e\x1e"
      "abc:42\x1e# exit\r\n"};
  for (std::size_t step{1}; step <= all.size(); ++step) {
    CAPTURE(step);
    TypedCommand typed{some_command()};
    std::string output{};
    for (std::size_t at{0}; at < all.size(); at += step) {
      output += typed.output(std::string_view{all}.substr(at, step));
    }
    CHECK(output ==
          "out\x1eput\x1e"
          "abc:\x1e"
          "abc:9999\x1e");
    CHECK(typed.has_begun());
    CHECK(typed.has_ended());
    CHECK(typed.exit_code() == 42);
  }
}

TEST_CASE("an exit code of many digits is none, also while only its zeros have come") {
  TypedCommand typed{some_command()};
  const std::string begun{
      typed.output("\x1e"
                   "abc\x1e")};
  CHECK(begun.empty());
  CHECK(typed.output("\x1e"
                     "abc:0000") ==
        "\x1e"
        "abc:0000");
  CHECK(typed.output("123\x1e") == "123");  // the mark may begin another
  CHECK_FALSE(typed.has_ended());
}

TEST_CASE("a shell's complaint is kept for the error") {
  TypedCommand typed{some_command()};
  CHECK(typed.output("exec failed: no such file\r\n").empty());
  CHECK_FALSE(typed.has_begun());
  CHECK(typed.before().starts_with("exec failed: no such file"));
}

TEST_CASE("input is quoted for the terminal, passed on in time, and ends") {
  TypedCommand typed{some_command()};
  CHECK(typed.type("a\x03"
                   "b\n\x04") ==
        "a\x16\x03"
        "b\n\x16\x04");
  CHECK(typed.type_end() == "\x04\x04");
  CHECK(typed.type("line\n") == "line\n");
  CHECK(typed.type_end() == "\x04");
  const std::string long_line{typed.type(std::string(2500, 'x'))};
  CHECK(std::count(long_line.begin(), long_line.end(), '\x04') == 2);
  TypedCommand terminal{some_command(true)};
  CHECK(terminal.type("\x03") == "\x03");
}

}  // namespace spillway::typed_command_test
