#include "controller/cluster/none/none.hpp"

namespace spillway::none {

void describe(Fields& /*fields*/, Settings& /*settings*/) {}

boost::asio::awaitable<Result<Observation>> NoCluster::observe(std::string /*service*/,
                                                               io::Deadline /*deadline*/) {
  co_return Observation{};
}

}  // namespace spillway::none
