#include "controller/io/atomic_file.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <filesystem>
#include <iterator>
#include <string>

#include "tests/support/child_process.hpp"
#include "tests/support/printing.hpp"

namespace spillway::atomic_file_test {

using spillway::testing::ScratchDirectory;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t limit{1 << 20};

std::ptrdiff_t file_count(const fs::path& folder) {
  return std::distance(fs::directory_iterator{folder}, fs::directory_iterator{});
}

}  // namespace

TEST_CASE("a file is written, read back and replaced as a whole") {
  const ScratchDirectory scratch{};
  const fs::path path{scratch.path() / "file"};
  const std::string large(300'000, 'x');
  REQUIRE(io::write_file_atomically(path, large));
  CHECK(*io::read_file(path, limit) == large);
  REQUIRE(io::write_file_atomically(path, ""));
  CHECK(io::read_file(path, limit)->empty());
  CHECK(file_count(scratch.path()) == 1);
}

TEST_CASE("a new file is private unless told otherwise, whatever the umask") {
  const ScratchDirectory scratch{};
  const auto mode = [](const fs::path& path) {
    return static_cast<unsigned>(fs::status(path).permissions());
  };
  REQUIRE(io::write_file_atomically(scratch.path() / "a", "secret"));
  CHECK(mode(scratch.path() / "a") == 0600);
  REQUIRE(io::write_file_atomically(scratch.path() / "b", "public", 0644));
  CHECK(mode(scratch.path() / "b") == 0644);
}

TEST_CASE("a write that fails keeps the old file and leaves no temporary one") {
  const ScratchDirectory scratch{};
  fs::create_directory(scratch.path() / "taken");
  const auto written = io::write_file_atomically(scratch.path() / "taken", "x");
  REQUIRE_FALSE(written);
  CHECK(written.error().context.find("taken") != std::string::npos);
  CHECK(file_count(scratch.path()) == 1);
  CHECK(io::write_file_atomically(scratch.path() / "absent" / "file", "x").error().code ==
        Errc::not_found);
}

TEST_CASE("a file is read up to its limit and not beyond") {
  const ScratchDirectory scratch{};
  const fs::path path{scratch.path() / "file"};
  REQUIRE(io::write_file_atomically(path, "12345"));
  CHECK(*io::read_file(path, 5) == "12345");
  CHECK(io::read_file(path, 4).error().code == Errc::too_large);
  CHECK(io::read_file("/dev/zero", 100'000).error().code == Errc::too_large);
}

TEST_CASE("what cannot be read says why") {
  const ScratchDirectory scratch{};
  CHECK(io::read_file(scratch.path() / "absent", limit).error().code == Errc::not_found);
  const auto folder = io::read_file(scratch.path(), limit);
  REQUIRE_FALSE(folder);
  CHECK(folder.error().context.find("directory") != std::string::npos);
}

}  // namespace spillway::atomic_file_test
