// What our own servers show to their clients, read from the files that the config names: at the
// start, and again at each reload, since certificates are renewed under the same name.
#pragma once

#include "controller/core/error.hpp"
#include "controller/io/http_server.hpp"
#include "controller/io/tls.hpp"
#include "controller/settings/config.hpp"

namespace spillway::wiring {

/// Errors: those of `read_file`, naming the setting.
Result<io::TlsServerOptions> api_tls(const settings::ApiConfig& api);

/// Gives the servers that run what their files hold now; null: it does not run. On an error, which
/// names the setting, that server goes on with what it had.
Result<void> renew_certificates(const settings::Config& config, io::HttpServer* api,
                                io::HttpServer* kubelet);

}  // namespace spillway::wiring
