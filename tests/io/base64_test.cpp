#include "controller/io/base64.hpp"

#include <doctest/doctest.h>

#include <string>

namespace spillway::io::base64_test {
namespace {

TEST_CASE("base64 is that of RFC 4648") {
  CHECK(base64("") == "");
  CHECK(base64("f") == "Zg==");
  CHECK(base64("fo") == "Zm8=");
  CHECK(base64("foo") == "Zm9v");
  CHECK(base64("foobar") == "Zm9vYmFy");
  CHECK(base64("\xff\xfe\xfd") == "//79");
}

TEST_CASE("base64url has its own two signs and no padding") {
  CHECK(base64url("any?") == "YW55Pw");
  CHECK(base64url("\xff\xfe\xfd") == "__79");
  CHECK(base64url("\xfb\xf0") == "-_A");
}

}  // namespace
}  // namespace spillway::io::base64_test
