#include "tests/contract/traffic/named_rig.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <stdexcept>

#include "controller/traffic/dns/server.hpp"

namespace spillway::testing {

namespace {

constexpr std::string_view secret{"c3BpbGx3YXkgc3BpbGx3YXkgc3BpbGx3YXkgISEhISE="};

constexpr std::string_view named_config{R"(options {{
  directory "{0}";
  pid-file "{0}/pid";
  session-keyfile none;
  managed-keys-directory "{0}";
  listen-on port {1} {{ 127.0.0.1; }};
  listen-on-v6 {{ none; }};
  recursion no;
  dnssec-validation no;
  notify no;
}};
controls {{ }};
key "spillway" {{ algorithm hmac-sha256; secret "{2}"; }};
zone "example.test" {{
  type primary; file "example.test.zone";
  update-policy {{ grant spillway zonesub ANY; }};
}};
zone "closed.test" {{ type primary; file "closed.test.zone"; }};
)"};

/// `plain` is an address of somebody else at a name that we use, too.
constexpr std::string_view zone{R"($TTL 300
@ IN SOA ns hostmaster 1 3600 600 86400 60
@ IN NS ns
ns IN A 127.0.0.1
web IN A 192.0.2.1
_spillway.web IN TXT "note=of somebody else"
alias IN CNAME web
)"};

}  // namespace

NamedRig::NamedRig(RealTime& time) : time_{time} {
  scratch_.write("named.conf", fmt::format(named_config, scratch_.path().string(), port_, secret));
  write_zones();
  start();
}

NamedRig::~NamedRig() {
  stop();
}

void NamedRig::write_zones() const {
  for (const std::string name : {"example.test.zone", "closed.test.zone"}) {
    std::filesystem::remove(scratch_.path() / (name + ".jnl"));
    scratch_.write(name, zone);
  }
}

dns::Settings NamedRig::settings() const {
  dns::Settings settings{};
  settings.server = fmt::format("127.0.0.1:{}", port_);
  settings.zone = "example.test";
  settings.has_key = true;
  settings.key.name = "spillway";
  settings.key.secret = secret;
  return settings;
}

void NamedRig::start() {
  const std::vector<std::string> command{
      find_program("named").value_or("named"),  "-f", "-n", "1", "-c",
      (scratch_.path() / "named.conf").string()};
  process_ = std::make_unique<ChildProcess>(command);
  dns::Server server{settings(), time_.clock};
  const bool is_ready{wait_until([&] {
    return !process_->is_running() ||
           time_.run(server.records("ns.example.test", dns::type::a, time_.soon())).has_value();
  })};
  if (!is_ready || !process_->is_running()) {
    throw std::runtime_error{"named did not start: " + process_->standard_error()};
  }
}

void NamedRig::stop() {
  if (process_) process_->stop(std::chrono::seconds{5});
  process_.reset();
}

void NamedRig::restart() {
  stop();
  write_zones();
  start();
}

void NamedRig::restart_with_updates() {
  stop();
  start();
}

}  // namespace spillway::testing
