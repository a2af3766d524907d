#include "controller/traffic/haproxy/commands.hpp"

#include <fmt/format.h>

namespace spillway::haproxy {

namespace {

std::string_view word_of(AdminState state) {
  switch (state) {
    case AdminState::ready:
      return "ready";
    case AdminState::drain:
      return "drain";
    case AdminState::maint:
      return "maint";
  }
  return "ready";
}

/// The check of an added server is a plain connection (2.6.12) unless told to speak TLS as well,
/// and takes its SNI from a word of its own.
std::string tls_words(const TlsSettings& tls, bool has_check, std::string_view workload) {
  std::string words{tls.verifies ? " ssl verify required ca-file " + tls.ca_file
                                 : std::string{" ssl verify none"}};
  if (has_check) words += " check-ssl";
  if (!tls.certificate.empty()) words += " crt " + tls.certificate;
  if (tls.server_name.empty()) return words;
  const std::string name{with_workload(tls.server_name, workload)};
  SPILLWAY_ASSERT(is_valid_name(name));
  words += fmt::format(" sni str({0})", name);
  if (has_check) words += " check-sni " + name;
  if (tls.verifies) words += " verifyhost " + name;
  return words;
}

}  // namespace

std::string show_servers(const std::string& backend, std::optional<int> number) {
  SPILLWAY_ASSERT(is_valid_name(backend));
  if (!number) return "show servers state " + backend;
  // 4 = servers only, -1 = all of them.
  return fmt::format("show servers state {}; show stat #{} 4 -1", backend, *number);
}

std::string add_server(const ServerRef& server, const Address& address, int weight,
                       const Settings& settings, std::string_view workload) {
  SPILLWAY_ASSERT(is_valid_options(settings.options));
  const bool is_ipv6{address.ip().find(':') != std::string::npos};
  std::string line{fmt::format("add server {} {}{}{}:{} weight {}", server.text(),
                               is_ipv6 ? "[" : "", address.ip(), is_ipv6 ? "]" : "", address.port(),
                               weight)};
  if (settings.check.is_enabled) {
    line += fmt::format(" check inter {}ms fall {} rise {}", settings.check.interval.count(),
                        settings.check.fall, settings.check.rise);
  }
  if (settings.max_connections > 0) line += fmt::format(" maxconn {}", settings.max_connections);
  // An added server keeps no idle connection unless told to; one of the config file does, for 5 s.
  if (settings.keep_idle > Duration::zero()) {
    line += fmt::format(" pool-max-conn -1 pool-purge-delay {}ms", settings.keep_idle.count());
  }
  if (settings.has_tls) line += tls_words(settings.tls, settings.check.is_enabled, workload);
  if (!settings.options.empty()) line += " " + settings.options;
  return line;
}

std::string set_address(const ServerRef& server, const Address& address) {
  return fmt::format("set server {} addr {} port {}", server.text(), address.ip(), address.port());
}

std::string set_weight(const ServerRef& server, int weight) {
  return fmt::format("set server {} weight {}", server.text(), weight);
}

std::string enable_health(const ServerRef& server) {
  return "enable health " + server.text();
}

std::string set_state(const ServerRef& server, AdminState state) {
  return fmt::format("set server {} state {}", server.text(), word_of(state));
}

std::string delete_server(const ServerRef& server) {
  return "del server " + server.text();
}

}  // namespace spillway::haproxy
