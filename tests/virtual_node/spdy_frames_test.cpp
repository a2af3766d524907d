// SPDY frames: both directions, bytes of another implementation's zlib, limits.
#include "controller/virtual_node/remote/spdy_frames.hpp"

#include <doctest/doctest.h>
#include <zlib.h>

#include <string>
#include <vector>

#include "controller/virtual_node/remote/spdy_headers.hpp"
#include "tests/support/printing.hpp"

namespace spillway::spdy_frames_test {

using namespace spillway::virtual_node;
using namespace spillway::virtual_node::spdy;

namespace {

std::string from_hex(std::string_view text) {
  std::string bytes{};
  for (std::size_t i{0}; i + 1 < text.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(std::string{text.substr(i, 2)}, nullptr, 16));
  }
  return bytes;
}

}  // namespace

TEST_CASE("the dictionary is that of the draft") {
  const std::string_view dictionary{spdy_dictionary()};
  CHECK(dictionary.size() == 1423);
  const auto sum = adler32(1, reinterpret_cast<const Bytef*>(dictionary.data()), 1423);
  CHECK(sum == 0xe3c6a7c2);
}

TEST_CASE("streams that Python's zlib has packed are understood, also by reference to the first") {
  const std::string bytes{
      from_hex("80030001000000280000000100000000000078bbe3c6a7c202a62346703a2b294a4dcc851625aca9a0"
               "8006000000ffff"
               "800300010000001f0000000300000000000002651c4ca9e212607601e9aa00119500000000ffff")};
  for (const std::size_t step : {std::size_t{1}, std::size_t{7}, bytes.size()}) {
    CAPTURE(step);
    FrameReader reader{};
    std::vector<Frame> frames{};
    for (std::size_t at{0}; at < bytes.size(); at += step) {
      for (Frame& each : reader.feed(std::string_view{bytes}.substr(at, step)).value()) {
        frames.push_back(std::move(each));
      }
    }
    const std::vector<Frame> expected{SynStream{1, false, {{"streamtype", "error"}}},
                                      SynStream{3, false, {{"streamtype", "stdin"}, {"x", "y"}}}};
    CHECK((frames == expected));
  }
}

TEST_CASE("what is written is read as it was") {
  const std::vector<Frame> frames{SynStream{1, true, {{"a", "b"}, {"c", std::string(3000, 'x')}}},
                                  SynReply{1, false, {}},
                                  SynReply{3, false, {{"a", "b"}}},
                                  RstStream{5, refused_stream},
                                  Ping{7},
                                  GoAway{9, 0},
                                  Data{1, false, "hello"},
                                  Data{1, true, ""}};
  FrameWriter writer{};
  FrameReader reader{};
  for (const Frame& each : frames) {
    const auto got = reader.feed(writer.bytes(each));
    REQUIRE(got);
    CHECK((*got == std::vector{each}));
  }
}

TEST_CASE("names are written in lower case, as the draft asks") {
  FrameWriter writer{};
  FrameReader reader{};
  const auto got = reader.feed(writer.bytes(SynStream{1, false, {{"streamType", "Error"}}}));
  REQUIRE(got);
  CHECK((*got == std::vector<Frame>{SynStream{1, false, {{"streamtype", "Error"}}}}));
}

TEST_CASE("much data becomes several frames, the last of which ends the stream") {
  FrameWriter writer{};
  FrameReader reader{};
  const auto got = reader.feed(writer.bytes(Data{1, true, std::string(100'000, 'x')}));
  REQUIRE(got);
  REQUIRE(got->size() == 4);
  std::size_t size{0};
  for (const Frame& each : *got) size += std::get<Data>(each).bytes.size();
  CHECK(size == 100'000);
  CHECK_FALSE(std::get<Data>(got->front()).is_last);
  CHECK(std::get<Data>(got->back()).is_last);
}

TEST_CASE("what is not needed is read and left, and what is wrong ends the connection") {
  struct Row {
    std::string name;
    std::string hex;
    bool is_fine;
  };
  const std::vector<Row> rows{
      {"SETTINGS", "800300040000000c000000010000000400000064", true},
      {"WINDOW_UPDATE", "80030009000000080000000100000400", true},
      {"a kind of the future", "800300ff0000000100", true},
      {"SETTINGS that announces more", "800300040000000400000001", false},
      {"another version", "800200060000000400000001", false},
      {"a short PING", "8003000600000003000001", false},
      {"a long RST_STREAM", "800300030000000900000001000000010a", false},
      {"a short GOAWAY", "800300070000000400000001", false},
      {"a short SYN_STREAM", "800300010000000400000001", false},
      {"a header block of garbage", "8003000100000010000000010000000000000a0b0c0d0e0f", false},
      {"no header block", "800300010000000a00000001000000000000", false},
      {"a frame beyond the limit, before its bytes", "0000000100ffffff", false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    FrameReader reader{};
    CHECK(reader.feed(from_hex(row.hex)).has_value() == row.is_fine);
  }
}

TEST_CASE("a small block that stands for a huge one is refused") {
  FrameWriter writer{};
  FrameReader reader{};
  const std::string bomb{writer.bytes(SynStream{1, false, {{"a", std::string(200'000, 'x')}}})};
  CHECK(bomb.size() < 2000);
  const auto got = reader.feed(bomb);
  REQUIRE_FALSE(got);
  CHECK(got.error().code == Errc::too_large);
  io::Headers many{};
  for (std::size_t i{0}; i <= header_fields_max; ++i) many.add("a", "b");
  FrameWriter other{};
  FrameReader next{};
  CHECK_FALSE(next.feed(other.bytes(SynStream{1, false, many})));
}

}  // namespace spillway::spdy_frames_test
