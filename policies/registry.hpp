// The policies that a config file may name, by `type`. A draft is a policy being configured: its
// settings with their defaults, ready to be described, overwritten and built.
// To add a policy: write its file with Settings, describe() and recommend(); add one line in
// registry.cpp; add its test.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "controller/core/fields.hpp"
#include "policies/attachment.hpp"
#include "policies/policy.hpp"

namespace spillway {

class PolicyDraft {
 public:
  virtual ~PolicyDraft() = default;
  virtual std::string_view type() const = 0;
  /// One sentence on what the policy is for.
  virtual std::string_view help() const = 0;
  virtual void describe(Fields& fields) = 0;
  virtual std::unique_ptr<Policy> build() const = 0;
  /// What the settings name and do not hold; to be handed over before `build`.
  virtual std::vector<Attachment> attachments() const { return {}; }
  /// Hands over the bytes of one of them; says why they are of no use.
  virtual std::optional<AttachmentProblem> attach(const Attachment&, const std::string&) {
    return std::nullopt;
  }
  /// A draft of its own with the same settings.
  virtual std::unique_ptr<PolicyDraft> clone() const = 0;
};

/// Every type, in alphabetical order.
std::span<const std::string_view> policy_types();

/// A draft with default settings; null if there is no such type.
std::unique_ptr<PolicyDraft> draft_policy(std::string_view type);

}  // namespace spillway
