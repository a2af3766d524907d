#include "controller/cluster/none/none.hpp"

namespace spillway::none {

boost::asio::awaitable<Result<Observation>> NoCluster::observe(std::string /*service*/,
                                                               io::Deadline /*deadline*/) {
  co_return Observation{};
}

}  // namespace spillway::none
