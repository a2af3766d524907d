#include "tests/emulator/operations.hpp"

namespace spillway::emulator {

Operation& Operations::add(Operation operation) {
  // Azure keeps operation documents for a day or so; a count bounds memory in virtual time too.
  constexpr std::size_t kept{20'000};
  if (order_.size() >= kept) {
    by_id_.erase(order_.front());
    order_.pop_front();
  }
  order_.push_back(operation.id);
  const std::string id{operation.id};
  return by_id_[id] = std::move(operation);
}

const Operation* Operations::find(const std::string& id) const {
  const auto found{by_id_.find(id)};
  return found == by_id_.end() ? nullptr : &found->second;
}

void Operations::finish(const std::string& id, std::optional<ArmError> error, TimePoint now) {
  const auto found{by_id_.find(id)};
  if (found == by_id_.end() || found->second.ended) return;
  found->second.ended = now;
  found->second.error = std::move(error);
}

}  // namespace spillway::emulator
