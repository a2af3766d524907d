// Which clients of a TLS server are let in, by the name in their certificate. One authority often
// signs for many, of whom only few are meant.
#pragma once

#include <string>
#include <vector>

#include "controller/io/tls.hpp"

namespace spillway::io {

/// Lets in only clients whose certificate has one of these common names (CN of the subject), on top
/// of its being by the authority of `TlsServerOptions::client_ca_pem`. Others fail the handshake.
void admit_only(TlsContext& context, std::vector<std::string> common_names);

}  // namespace spillway::io
