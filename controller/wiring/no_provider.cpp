#include "controller/wiring/no_provider.hpp"

#include <string>

namespace spillway::wiring {
namespace {

Error absent(Errc code) {
  return {code, "the settings have no provider"};
}

}  // namespace

boost::asio::awaitable<Result<void>> NoProvider::create(GroupRequest /*request*/,
                                                        io::Deadline /*deadline*/) {
  co_return absent(Errc::bad_request);
}

boost::asio::awaitable<Result<ProviderGroup>> NoProvider::get(GroupId /*id*/,
                                                              io::Deadline /*deadline*/) {
  co_return absent(Errc::not_found);
}

boost::asio::awaitable<Result<Listing>> NoProvider::list(io::Deadline /*deadline*/) {
  co_return Listing{};
}

boost::asio::awaitable<Result<void>> NoProvider::remove(GroupId /*id*/, io::Deadline /*deadline*/) {
  co_return absent(Errc::not_found);
}

boost::asio::awaitable<Result<std::vector<Usage>>> NoProvider::usages(Place /*place*/,
                                                                      io::Deadline /*deadline*/) {
  co_return std::vector<Usage>{};
}

boost::asio::awaitable<Result<std::string>> NoProvider::logs(GroupId /*id*/, LogQuery /*query*/,
                                                             io::Deadline /*deadline*/) {
  co_return absent(Errc::not_found);
}

int NoProvider::create_tokens(TimePoint /*now*/) const {
  return 0;
}

boost::asio::awaitable<Result<StandbyStock>> NoProvider::keep(StandbyOrder /*order*/,
                                                              io::Deadline /*deadline*/) {
  co_return StandbyStock{};
}

boost::asio::awaitable<Result<std::vector<std::string>>> NoProvider::remove_others(
    std::vector<StandbyOrder> /*orders*/, io::Deadline /*deadline*/) {
  co_return std::vector<std::string>{};
}

boost::asio::awaitable<Result<std::vector<OwnPool>>> NoProvider::list_pools(
    io::Deadline /*deadline*/) {
  co_return std::vector<OwnPool>{};
}

boost::asio::awaitable<Result<void>> NoProvider::remove_pool(OwnPool /*pool*/,
                                                             io::Deadline /*deadline*/) {
  co_return absent(Errc::not_found);
}

}  // namespace spillway::wiring
