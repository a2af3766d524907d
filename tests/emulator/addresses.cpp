#include "tests/emulator/addresses.hpp"

#include <fmt/format.h>

#include <boost/asio/ip/address_v4.hpp>
#include <stdexcept>

namespace spillway::emulator {

AddressPool::AddressPool(const std::string& first) : first_{0} {
  boost::system::error_code error;
  const auto address{boost::asio::ip::make_address_v4(first, error)};
  if (error || !address.is_loopback()) {
    throw std::invalid_argument{
        fmt::format("addresses: '{}' is not an address in 127.0.0.0/8 such as 127.42.0.0", first)};
  }
  first_ = address.to_uint();
}

std::optional<std::string> AddressPool::take(
    const std::function<bool(const std::string&)>& is_free) {
  constexpr std::uint32_t size{65536};
  for (std::uint32_t tries{0}; tries < size; ++tries) {
    const std::uint32_t offset{next_};
    next_ = (next_ + 1) % size;
    const std::uint32_t number{0x7F000000U | ((first_ + offset) & 0x00FFFFFFU)};
    // x.x.x.0 and x.x.x.255 work on loopback but puzzle people who read them.
    if ((number & 0xFFU) == 0 || (number & 0xFFU) == 0xFFU) continue;
    std::string address{boost::asio::ip::address_v4{number}.to_string()};
    if (taken_.contains(address) || !is_free(address)) continue;
    taken_.insert(address);
    return address;
  }
  return std::nullopt;
}

void AddressPool::release(const std::string& address) {
  taken_.erase(address);
}

}  // namespace spillway::emulator
