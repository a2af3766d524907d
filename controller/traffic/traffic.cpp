#include "controller/traffic/traffic.hpp"

#include <fmt/format.h>

#include <utility>

namespace spillway {

namespace asio = boost::asio;

std::string_view to_string(TrafficCall::Kind kind) {
  switch (kind) {
    case TrafficCall::Kind::admit:
      return "admit";
    case TrafficCall::Kind::drain:
      return "drain";
    case TrafficCall::Kind::evict:
      return "evict";
  }
  return "unknown";
}

std::string_view to_string(BackendState state) {
  switch (state) {
    case BackendState::admitted:
      return "admitted";
    case BackendState::draining:
      return "draining";
    case BackendState::partial:
      return "partial";
  }
  return "unknown";
}

std::string to_string(const TrafficCall& call) {
  return fmt::format("{} {} at {}:{}", to_string(call.kind), call.backend.group.name,
                     call.backend.ip, call.backend.port);
}

asio::awaitable<std::vector<Result<void>>> Traffic::carry_out(std::vector<TrafficCall> calls,
                                                              io::Deadline deadline) {
  std::vector<Result<void>> answers{};
  answers.reserve(calls.size());
  for (TrafficCall& call : calls) {
    switch (call.kind) {
      case TrafficCall::Kind::admit:
        answers.push_back(co_await admit(std::move(call.backend), deadline));
        break;
      case TrafficCall::Kind::drain:
        answers.push_back(co_await drain(std::move(call.backend), deadline));
        break;
      case TrafficCall::Kind::evict:
        answers.push_back(co_await evict(std::move(call.backend), deadline));
        break;
    }
  }
  co_return answers;
}

asio::awaitable<Result<void>> carry_out_one(Traffic& traffic, TrafficCall::Kind kind,
                                            Backend backend, io::Deadline deadline) {
  std::vector<TrafficCall> calls{};
  calls.push_back({kind, std::move(backend)});
  const std::vector<Result<void>> answers = co_await traffic.carry_out(std::move(calls), deadline);
  SPILLWAY_ASSERT(answers.size() == 1);
  co_return answers.front();
}

}  // namespace spillway
