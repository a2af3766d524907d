// A certificate that nobody vouches for, made on the spot: for a server whose clients do not check
// it, or are shown it. The key never leaves the process.
#pragma once

#include <string>

#include "controller/core/error.hpp"
#include "controller/io/secret.hpp"
#include "controller/io/tls.hpp"

namespace spillway::io {

/// EC P-256, for `alternative_names` in OpenSSL's words, such as `DNS:node,IP:10.0.0.4`, valid for
/// ten years from a day before now. Error: `bad_request` for names that cannot be used,
/// `unavailable` with OpenSSL's words.
Result<TlsServerOptions> self_signed(const std::string& alternative_names);

}  // namespace spillway::io
