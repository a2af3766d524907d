// Parsers of foreign bytes against damaged input: none may crash, hang or read beyond its bytes
// (which the sanitizer build sees).
#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <random>
#include <string>

#include "metrics/file/trace.hpp"
#include "metrics/haproxy/stats_query.hpp"
#include "metrics/haproxy/stats_table.hpp"
#include "metrics/prometheus/instant_answer.hpp"
#include "metrics/query_text.hpp"

namespace spillway::mutation_test {
namespace {

using Parse = std::function<void(std::string_view)>;

/// `rounds` damaged copies of `whole`: bytes changed, removed, doubled, cut off, spliced.
void damage(const std::string& whole, unsigned seed, int rounds, const Parse& parse) {
  std::mt19937 random{seed};
  const auto below{[&random](std::size_t bound) { return random() % (bound + 1); }};
  static constexpr std::string_view odd{"\"{}[],:\\\0\n\r-+eE.#/*()\xff\x80 9N"};
  for (int round{0}; round < rounds; ++round) {
    std::string text{whole};
    for (std::size_t change{0}; change <= below(4); ++change) {
      const std::size_t at{below(text.size())};
      switch (random() % 5) {
        case 0:
          if (at < text.size()) text[at] = odd[random() % odd.size()];
          break;
        case 1:
          text.erase(at, below(8));
          break;
        case 2:
          text.insert(at, text.substr(below(text.size()), below(40)));
          break;
        case 3:
          text.resize(at);
          break;
        default:
          text.insert(at, 1, static_cast<char>(random() % 256));
      }
    }
    CAPTURE(seed);
    CAPTURE(round);
    // A copy of exactly this size, so that the sanitizer sees a read beyond the end.
    const std::unique_ptr<char[]> bytes{new char[text.size() + 1]};
    text.copy(bytes.get(), text.size());
    CHECK_NOTHROW(parse({bytes.get(), text.size()}));
  }
}

TEST_CASE("no damaged Prometheus answer does harm") {
  const std::string whole{
      R"({"status":"success","warnings":["w"],"data":{"resultType":"vector","result":[)"
      R"({"metric":{"service":"web"},"value":[1700000000.123,"142.5"]},)"
      R"({"metric":{"service":"api"},"value":[1700000000,"+Inf"]}]}})"};
  damage(whole, 1, 5000, [](std::string_view text) {
    (void)prometheus::parse_instant_answer(text, "service");
    (void)prometheus::parse_instant_answer(text, "");
  });
}

TEST_CASE("no damaged HAProxy table does harm") {
  const std::string whole{
      "# pxname,svname,qcur,scur,status,type,last_chk,\n"
      "fe,FRONTEND,,5,OPEN,0,,\nweb,a,0,4,UP,2,\"a \"\"b\"\", c\",\nweb,BACKEND,6,7,UP,1,,\n\n"};
  damage(whole, 2, 5000, [](std::string_view text) {
    (void)haproxy::parse_stats(text, {"qcur", "scur"});
  });
}

TEST_CASE("no damaged query does harm") {
  damage("0.5 * server/web/* scur / up_server/w*b/* rate(slim)", 3, 5000,
         [](std::string_view text) { (void)haproxy::parse_stats_query(text); });
  damage("a*b*c*", 4, 2000,
         [](std::string_view text) { (void)haproxy::matches(text, "aXXbYYcZZ"); });
  damage("sum(x{a=\"{{workload}}\"}) + {{ team }}", 5, 2000, [](std::string_view text) {
    (void)expand_query(text, "web", {{"team", "x"}});
  });
}

TEST_CASE("no damaged trace does harm") {
  damage("t_s,value,other\n0,1.5,2\n30,,3\n60,1e3,-4\n", 6, 5000,
         [](std::string_view text) { (void)file::parse_trace(text); });
}

}  // namespace
}  // namespace spillway::mutation_test
