#include "controller/io/line_splitter.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/support/printing.hpp"

namespace spillway::line_splitter_test {

using Lines = std::vector<std::string>;

namespace {

Lines lines_of(const Lines& pieces, std::string* rest = nullptr) {
  io::LineSplitter splitter{100};
  Lines lines{};
  for (const std::string& piece : pieces) {
    CHECK(splitter.feed(piece, [&](std::string_view line) { lines.emplace_back(line); }));
  }
  if (rest != nullptr) *rest = splitter.rest();
  return lines;
}

}  // namespace

TEST_CASE("lines come out whole however the bytes arrive") {
  CHECK(lines_of({"one\ntwo\n"}) == Lines{"one", "two"});
  CHECK(lines_of({"o", "n", "e\nt", "wo", "\n"}) == Lines{"one", "two"});
  CHECK(lines_of({"one\r", "\ntwo\r\n"}) == Lines{"one", "two"});
  CHECK(lines_of({"\n\n", "", "x\n"}) == Lines{"", "", "x"});
}

TEST_CASE("what has no end yet waits") {
  std::string rest{};
  CHECK(lines_of({"one\ntw"}, &rest) == Lines{"one"});
  CHECK(rest == "tw");
}

TEST_CASE("a line without an end does not fill the memory") {
  io::LineSplitter splitter{8};
  int lines{0};
  const auto count = [&](std::string_view) { ++lines; };
  CHECK(splitter.feed("12345678\n", count));
  CHECK(splitter.feed("12345", count));
  CHECK(splitter.feed("6789", count).error().code == Errc::too_large);
  io::LineSplitter another{8};
  CHECK(another.feed("123456789\n", count).error().code == Errc::too_large);
  CHECK(lines == 1);
}

}  // namespace spillway::line_splitter_test
