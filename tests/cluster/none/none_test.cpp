#include "controller/cluster/none/none.hpp"

#include <doctest/doctest.h>

#include <boost/asio/io_context.hpp>

#include "tests/support/manual_clock.hpp"
#include "tests/support/printing.hpp"

namespace spillway::none_test {

TEST_CASE("without a cluster the base is known to be empty, which is not the same as unknown") {
  boost::asio::io_context context{};
  testing::ManualClock clock{context};
  none::NoCluster cluster{};
  CHECK(clock.run(cluster.refresh({})));
  const auto seen = clock.run(cluster.observe("web", {}));
  REQUIRE(seen);
  CHECK(seen->pool == BasePool{});
  CHECK_FALSE(seen->replica);
}

TEST_CASE("the usual examination says what a look at each service found") {
  boost::asio::io_context context{};
  testing::ManualClock clock{context};
  none::NoCluster cluster{};
  const auto findings = clock.run(cluster.examine({"web", "api"}, {}));
  REQUIRE(findings.size() == 2);
  CHECK(findings[1].subject == "api");
  CHECK(findings[1].health == Health::ok);
  CHECK(findings[1].message == "0 base replicas are ready");
}

}  // namespace spillway::none_test
