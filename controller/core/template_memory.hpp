// What a controller remembers of a workload's templates after it has ended: the one it trusts, and
// the one it took back, so that the next run neither tries that again nor takes a template for good
// only because it is the first one that it sees. As text for the store, without the values of
// secrets; those come from the settings again. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/core/replica_template.hpp"

namespace spillway {

struct TemplateMemory {
  std::string trusted_hash{};
  std::string rejected_hash{};  ///< empty: none was taken back
  ReplicaTemplate trusted{};    ///< read back: each secret has the value `secret_left_out`

  bool operator==(const TemplateMemory&) const = default;
};

inline constexpr std::string_view secret_left_out{"***"};

/// Lengths before texts, so that any text comes back as it was. Secrets are written by name alone.
std::string to_text(const TemplateMemory& memory);

/// Nothing if `text` is not what was written, or by another version: then it is learned anew.
std::optional<TemplateMemory> template_memory_from(std::string_view text);

/// Puts the values of `from` in place of the secrets that were left out, by their names. Returns
/// what is missing, in words: empty on success.
std::vector<std::string> fill_secrets(ReplicaTemplate& replica, const ReplicaTemplate& from);

}  // namespace spillway
