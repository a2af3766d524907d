// aci-emulator: the program around emulator.hpp. Options, signals, exit codes.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <cstdio>
#include <exception>

#include "tests/emulator/client_assertion.hpp"
#include "tests/emulator/config_file.hpp"
#include "tests/emulator/emulator.hpp"
#include "tests/emulator/help.hpp"

namespace {

using spillway::emulator::BackendKind;
using spillway::emulator::Emulator;
using spillway::emulator::EmulatorOptions;

constexpr int exit_error{1};
constexpr int exit_usage{2};

/// What the command line says beyond its defaults; the file comes first, the command line wins.
struct CommandLine {
  std::string config{};
  std::optional<std::string> listen{}, certificate{}, key{}, backend{}, addresses{}, record{},
      plain{}, certificate_of_client{};
  std::optional<double> speed{};
  std::optional<std::uint64_t> seed{};
  std::vector<std::string> subscriptions{}, resource_groups{};
  bool no_auth{false};
};

void declare(CLI::App& app, CommandLine& line) {
  app.add_option("--listen", line.listen, "ADDRESS:PORT; port 0 picks a free one")
      ->type_name("HOST:PORT");
  app.add_option("--tls-cert", line.certificate, "certificate chain (PEM): serve https")
      ->type_name("FILE");
  app.add_option("--tls-key", line.key, "its private key (PEM)")->type_name("FILE");
  app.add_option(
         "--http-listen", line.plain,
         "a second listener in plain http, for IMDS beside https; its URL is the second line")
      ->type_name("HOST:PORT");
  app.add_option("--client-cert", line.certificate_of_client,
                 "certificate (PEM) that the built-in client may sign assertions with")
      ->type_name("FILE");
  app.add_flag("--no-auth", line.no_auth, "accept requests without a token");
  app.add_option("--backend", line.backend, "what runs behind a container group")
      ->check(CLI::IsMember({"simulated", "process", "docker"}));
  app.add_option("--speed", line.speed, "emulator time runs so many times faster")
      ->check(CLI::Range(0.001, 1e6));
  app.add_option("--seed", line.seed, "seed of start times, identifiers and fault probabilities");
  app.add_option("--subscription", line.subscriptions, "a subscription that exists (repeatable)");
  app.add_option("--resource-group", line.resource_groups,
                 "a resource group that exists from the start (repeatable)");
  app.add_option("--addresses", line.addresses,
                 "groups get addresses from here upward (127.x.y.z)");
  app.add_option("--record", line.record,
                 "write every request and answer there, one JSON document a line, secrets masked")
      ->type_name("FILE");
  app.add_option("--config", line.config, "YAML file, see below; the command line wins")
      ->type_name("FILE");
}

EmulatorOptions options_of(const CommandLine& line) {
  EmulatorOptions options;
  if (!line.config.empty()) options = with_config_file(std::move(options), line.config);
  if (line.listen) options.listen = *line.listen;
  if (line.certificate) options.tls_certificate_file = *line.certificate;
  if (line.key) options.tls_key_file = *line.key;
  if (line.no_auth) options.auth = false;
  if (line.backend) {
    options.backend = *line.backend == "process"  ? BackendKind::process
                      : *line.backend == "docker" ? BackendKind::docker
                                                  : BackendKind::simulated;
  }
  if (line.speed) options.speed = *line.speed;
  if (line.seed) options.seed = *line.seed;
  if (line.plain) options.http_listen = *line.plain;
  if (line.certificate_of_client) {
    if (options.clients.empty()) options.clients.push_back(default_client(options));
    options.clients.front().certificates.push_back(
        spillway::emulator::read_certificate_file(*line.certificate_of_client));
  }
  if (line.record) options.record_file = *line.record;
  if (line.addresses) options.addresses = *line.addresses;
  if (!line.subscriptions.empty()) options.subscriptions = line.subscriptions;
  if (!line.resource_groups.empty()) options.resource_groups = line.resource_groups;
  if (options.tls_certificate_file.empty() != options.tls_key_file.empty()) {
    throw std::runtime_error{"--tls-cert and --tls-key go together"};
  }
  return options;
}

int serve(EmulatorOptions options) {
  std::signal(SIGPIPE, SIG_IGN);
  boost::asio::io_context context{1};
  Emulator emulator{context, std::move(options)};
  boost::asio::signal_set signals{context, SIGTERM, SIGINT};
  signals.async_wait([&](boost::system::error_code, int) {
    emulator.stop();
    context.stop();
  });
  fmt::print("{}\n", emulator.url());
  if (!emulator.plain_url().empty()) fmt::print("{}\n", emulator.plain_url());
  std::fflush(stdout);
  context.run();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{std::string{spillway::emulator::help_intro}, "aci-emulator"};
  app.footer(std::string{spillway::emulator::help_details});
  CommandLine line;
  declare(app, line);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : exit_usage;
  }
  EmulatorOptions options;
  try {
    options = options_of(line);
  } catch (const std::exception& error) {
    fmt::print(stderr, "aci-emulator: {}\n", error.what());
    return exit_usage;
  }
  try {
    return serve(std::move(options));
  } catch (const std::exception& error) {
    fmt::print(stderr, "aci-emulator: {}\n", error.what());
    return exit_error;
  }
}
