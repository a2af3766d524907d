// What Azure accepts as a name, a label, a port or an id: the rules of the documentation, one
// function each. Pure.
#pragma once

#include <string_view>

namespace spillway::aci {

/// A container group or a container: 1-63 lower-case letters, digits and single hyphens, no hyphen
/// first or last.
bool is_group_name(std::string_view name);

/// 1-63 letters, digits and underscores, no underscore first or last.
bool is_variable_name(std::string_view name);

/// 5-63 lower-case letters, digits and single hyphens, no hyphen first or last.
bool is_volume_name(std::string_view name);

/// The beginning of a DNS label to which eleven characters are added: 1-52 lower-case letters,
/// digits and hyphens, a letter first, no hyphen last.
bool is_dns_stem(std::string_view name);

/// 3-24 lower-case letters and digits.
bool is_storage_account(std::string_view name);

/// 3-63 lower-case letters, digits and single hyphens, no hyphen first or last.
bool is_share_name(std::string_view name);

/// 1-65535 and not one of the ports that the service keeps for itself: 22, 1025-1027, 3389-3399,
/// 9999, 19000, 19080, 19100, 19390, 20000-30000, 49152-65534 (container-instances-faq.yml).
bool is_usable_port(int port);

/// At most 512 bytes, none of `<>%&\?/`, and not one of the beginnings that Azure reserves
/// (microsoft, azure, windows) or that are ours (spillway-).
bool is_tag_name(std::string_view name);

/// `/subscriptions/.../resourceGroups/.../providers/` and then `type`, such as
/// `Microsoft.Network/virtualNetworks/subnets`, with a name for each word; words compare without
/// case.
bool is_resource_id(std::string_view id, std::string_view type);

}  // namespace spillway::aci
