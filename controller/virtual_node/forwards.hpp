// The port-forwards that run, so that none outlives what it leads to: an address may be somebody
// else's later. Handed on from one configuration to the next. One thread.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "controller/io/upgrade.hpp"

namespace spillway::virtual_node {

struct Forward {
  std::string pod{};  ///< NAMESPACE/NAME
  std::string uid{};  ///< of the pod
  std::string address{};
  std::weak_ptr<io::Upgrade> session{};
};

class Forwards {
 public:
  void note(Forward begun) { running_.push_back(std::move(begun)); }

  /// Ends those that `leads_nowhere`, a predicate of a Forward, is true for.
  template <class Predicate>
  void end_if(Predicate leads_nowhere) {
    std::erase_if(running_, [&leads_nowhere](const Forward& each) {
      const auto session = each.session.lock();
      if (!session) return true;
      if (!leads_nowhere(each)) return false;
      session->close();
      return true;
    });
  }

 private:
  std::vector<Forward> running_{};
};

}  // namespace spillway::virtual_node
