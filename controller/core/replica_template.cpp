#include "controller/core/replica_template.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <string_view>

namespace spillway {
namespace {

/// FNV-1a, 64 bits: http://www.isthe.com/chongo/tech/comp/fnv/ (offset basis and prime from there).
class Hash {
 public:
  /// Length first, so that {"ab", "c"} and {"a", "bc"} differ.
  Hash& add(std::string_view text) {
    add_bytes(fmt::format("{}:", text.size()));
    add_bytes(text);
    return *this;
  }

  std::string hex() const { return fmt::format("{:016x}", state_); }

 private:
  void add_bytes(std::string_view bytes) {
    for (const char byte : bytes) {
      state_ ^= static_cast<unsigned char>(byte);
      state_ *= 0x100000001b3U;
    }
  }

  std::uint64_t state_{0xcbf29ce484222325U};
};

}  // namespace

std::string template_hash(const ReplicaTemplate& replica) {
  Hash hash{};
  hash.add(replica.image).add(std::to_string(replica.command.size()));
  for (const std::string& word : replica.command) hash.add(word);
  hash.add(std::to_string(replica.env.size()));
  for (const auto& [name, value] : replica.env) hash.add(name).add(value);
  for (const auto& [name, value] : replica.secure_env) hash.add(name);
  hash.add(std::to_string(replica.port)).add(replica.registry_server);
  hash.add(replica.registry_username).add(replica.subnet_id);
  return hash.hex();
}

}  // namespace spillway
