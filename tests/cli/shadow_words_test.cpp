#include "controller/cli/shadow_words.hpp"

#include <doctest/doctest.h>

namespace spillway::cli::shadow_words_test {
namespace {

std::string told(const char* acting, const char* shadow) {
  boost::json::object estimates{{"since", "noon"}, {"requests", 1000.0}};
  estimates["acting"] = boost::json::parse(acting);
  estimates["shadow"] = boost::json::parse(shadow);
  return shadow_words(
      {{"desired", 15},
       {"burst", 9},
       {"shadow", boost::json::object{{"desired", 12}, {"burst", 6}, {"estimates", estimates}}}});
}

TEST_CASE("a shadow is put beside the acting policies, which stand in parentheses") {
  CHECK(told(R"({"usd": 1.55, "late_requests": 1})", R"({"usd": 1.2, "late_requests": 4})") ==
        "shadow: desired 12 (15), burst 6 (9); since noon: $1.2 ($1.55), late 0.40 % (0.10 %)");
}

TEST_CASE("a cost whose price is unknown is not shown as nothing") {
  const std::string words{told(R"({"usd": 2.5, "late_requests": 1, "lacks_price": true})",
                               R"({"usd": 0.0, "late_requests": 1, "lacks_price": true})")};
  CAPTURE(words);
  CHECK(words.find("price unknown (at least $2.5)") != std::string::npos);
  CHECK(words.find("$0") == std::string::npos);
  const std::string free{told(R"({"usd": 0.0, "late_requests": 1, "lacks_price": false})",
                              R"({"usd": 0.0, "late_requests": 1})")};
  CHECK(free.find("$0 ($0)") != std::string::npos);  // wanted no burst
}

}  // namespace
}  // namespace spillway::cli::shadow_words_test
