#include "controller/kubernetes/connection_settings.hpp"

#include "controller/io/url.hpp"

namespace spillway::kubernetes {

namespace {

bool is_server(std::string_view text) {
  const auto url = io::parse_url(text);
  return text.empty() || (url && url->scheme != "unix");
}

}  // namespace

void describe(Fields& fields, ConnectionSettings& settings) {
  fields.text("kubeconfig", settings.kubeconfig, {},
              "File with clusters, users and contexts. Left out: what KUBECONFIG names, else the "
              "account of the pod that Spillway runs in, else ~/.kube/config.");
  fields.text("context", settings.context, {.max_length = 253},
              "Which context of it to use. Left out: its current one.");
  fields.text("server", settings.server,
              {.max_length = 1024,
               .expected = "a URL such as https://10.0.0.1:6443",
               .is_valid = is_server},
              "The API server, instead of a kubeconfig.");
  fields.text("token_file", settings.token_file, {},
              "With `server`: file with the bearer token, read anew every minute.");
  fields.text("ca_file", settings.ca_file, {},
              "With `server`: PEM file of the authority of its certificate.");
  fields.text("certificate_file", settings.certificate_file, {},
              "With `server`: PEM file of our own certificate.");
  fields.text("key_file", settings.key_file, {}, "With `server`: PEM file of its private key.");
  const bool has_direct{!settings.token_file.empty() || !settings.ca_file.empty() ||
                        !settings.certificate_file.empty() || !settings.key_file.empty()};
  fields.require(!has_direct || !settings.server.empty(),
                 "token_file, ca_file, certificate_file and key_file need `server`");
  fields.require(
      settings.server.empty() || (settings.kubeconfig.empty() && settings.context.empty()),
      "give either `server` or `kubeconfig` and `context`");
  fields.require(settings.certificate_file.empty() == settings.key_file.empty(),
                 "certificate_file and key_file belong together: set both or none");
}

}  // namespace spillway::kubernetes
