// What Azure says about container groups, usages and logs, read with care: unknown fields are
// skipped, wrong types are errors, and what is absent stays absent. Pure; fuzzed on byte spans.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "controller/core/error.hpp"
#include "controller/provider/burst_provider.hpp"

namespace spillway::aci {

/// One group, ours or not: a foreign one has an empty `tags.owner`. The name is in lower case, the
/// region as `eastus`. `running` stays unknown where the answer has no containers' state, as in
/// listings. Error: `malformed`.
Result<ProviderGroup> parse_group(std::string_view body);

/// A group that is not as the protocol promises, and whose it says it is.
struct UnreadableGroup {
  std::string owner{};
  Error error{};
};

struct GroupPage {
  std::vector<ProviderGroup> groups{};
  std::vector<UnreadableGroup> unreadable{};
  std::string next_link{};  ///< empty on the last page; as sent, not yet checked
};

/// One page of a listing. An empty page with a link is legal. Error: `malformed`. A group that
/// cannot be read is set apart: somebody else's is nobody's business, and one of ours makes the
/// listing incomplete, which the caller must not pass off as whole.
Result<GroupPage> parse_group_page(std::string_view body);

/// Quota rows. Error: `malformed`.
Result<std::vector<Usage>> parse_usages(std::string_view body);

/// The text of `{"content": ...}`. Error: `malformed`.
Result<std::string> parse_logs(std::string_view body);

}  // namespace spillway::aci
