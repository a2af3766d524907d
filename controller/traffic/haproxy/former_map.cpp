#include "controller/traffic/haproxy/former_map.hpp"

#include <utility>

#include "controller/traffic/haproxy/haproxy.hpp"

namespace spillway::haproxy {

namespace asio = boost::asio;

FormerMap::FormerMap(std::string name, Settings settings, io::Clock& clock)
    : FormerMap{std::move(name), settings, lines_to(settings, clock)} {}

FormerMap::FormerMap(std::string name, Settings settings,
                     std::vector<std::unique_ptr<RuntimeApi>> lines)
    : name_{std::move(name)}, settings_{std::make_unique<const Settings>(std::move(settings))} {
  for (auto& line : lines) {
    processes_.push_back(std::make_unique<Process>(*settings_, asked_, std::move(line)));
  }
}

std::vector<std::string> FormerMap::addresses() const {
  std::vector<std::string> addresses{};
  for (const auto& process : processes_) addresses.push_back(process->address());
  return addresses;
}

asio::awaitable<Result<std::vector<ListedBackend>>> FormerMap::list(std::string workload,
                                                                    io::Deadline deadline) {
  std::optional<Error> failure{};
  for (const auto& process : processes_) {
    const Result<void> mapped = co_await process->bring_map(workload, false, deadline);
    const bool is_missing{!mapped && mapped.error().code == Errc::bad_request};
    if (!mapped && !is_missing) failure = mapped.error();
  }
  if (failure) co_return std::move(*failure);
  co_return std::vector<ListedBackend>{};
}

asio::awaitable<Result<void>> FormerMap::admit(Backend, io::Deadline) {
  co_return Result<void>{};
}

asio::awaitable<Result<void>> FormerMap::drain(Backend, io::Deadline) {
  co_return Result<void>{};
}

asio::awaitable<Result<void>> FormerMap::evict(Backend, io::Deadline) {
  co_return Result<void>{};
}

}  // namespace spillway::haproxy
