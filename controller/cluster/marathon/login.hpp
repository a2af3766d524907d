// Logging in at DC/OS, as a user with a password or as a service account, which signs a short-lived
// token of its own with its key (RS256) and gets one of the cluster for it. Pure: what is sent, and
// what comes back.
#pragma once

#include <string>
#include <string_view>

#include "controller/cluster/marathon/settings.hpp"
#include "controller/core/error.hpp"
#include "controller/core/units.hpp"
#include "controller/io/secret.hpp"

namespace spillway::marathon {

inline constexpr std::string_view login_path{"/acs/api/v1/auth/login"};
/// A JSON web token has a few KiB.
inline constexpr std::size_t login_answer_limit{64 * 1024};

/// How long the token that we sign is good: for one request, and clocks that differ a little.
inline constexpr Duration own_token_life{std::chrono::minutes{5}};

/// `{"uid":U,"password":P}`, or `{"uid":U,"token":T}` with T = a JSON web token of `uid` and `exp`,
/// `own_token_life` after `now`. Error: bad_request, for a key that cannot sign.
Result<std::string> login_body(const LoginSettings& login, TimePoint now);

/// The cluster's token. Error: malformed.
Result<io::Secret> parse_login(std::string_view body);

/// What a login that was refused means. Without the server's words: they may repeat the password.
Error login_refusal(const LoginSettings& login, int status);

}  // namespace spillway::marathon
