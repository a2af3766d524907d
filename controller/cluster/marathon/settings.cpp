#include "controller/cluster/marathon/settings.hpp"

#include "controller/io/signer.hpp"
#include "controller/io/url.hpp"

namespace spillway::marathon {

namespace {

bool is_url(std::string_view text) {
  return io::parse_url(text).has_value();
}

void describe_login(Fields& fields, LoginSettings& login) {
  fields.text("url", login.url,
              {.presence = Presence::required,
               .max_length = 300,
               .expected = "a URL such as https://MASTER",
               .is_valid = is_url},
              "The DC/OS master; /acs/api/v1/auth/login is added.");
  fields.text("uid", login.uid, {.presence = Presence::required, .max_length = 256},
              "The user, or the service account.");
  fields.secret("password", login.password, {}, "A user's password. Write ${NAME} or file:/path.");
  fields.secret("private_key", login.private_key, {.max_length = 32768},
                "A service account's private key, RSA in PEM, as `dcos security org "
                "service-accounts keypair` makes it: file:/path. It proves who we are, for five "
                "minutes each time, and goes nowhere.");
  fields.require(login.password.empty() != login.private_key.empty(),
                 "give a user's password, or a service account's private_key");
  const bool is_usable{login.private_key.empty() || io::Signer::from_key(login.private_key)};
  fields.require(is_usable, "private_key is no RSA private key in PEM");
}

}  // namespace

void describe(Fields& fields, Settings& settings) {
  fields.texts(
      "urls", settings.urls,
      {.presence = Presence::required,
       .max_length = 300,
       .expected = "a URL such as http://marathon.mesos:8080",
       .is_valid = is_url},
      "Addresses of Marathon, in the order of preference; the next one is asked when one "
      "fails. Name each that may lead, as it names itself: only these are asked. On DC/OS: "
      "https://MASTER/service/marathon with `login`, or with `headers: {Authorization: "
      "token=...}`. Reading is enough.");
  describe(fields, settings.access);
  fields.optional_section(
      "login", settings.has_login, [&](Fields& inner) { describe_login(inner, settings.login); },
      "A user or service account of DC/OS: we fetch its token, and a new one when that is "
      "refused.");
  fields.duration("timeout", settings.timeout,
                  {.min = std::chrono::milliseconds{100}, .max = std::chrono::minutes{1}},
                  "For one request.");
  fields.count("answer_mib_max", settings.answer_mib_max, {.min = 1, .max = 1024},
               "Largest answer to read, in MiB.");
  fields.flag("events", settings.follows_events,
              "Follow the event stream: while it tells nothing, ticks cost no request. If it "
              "breaks, every tick asks again until it is back.");
  fields.duration("list_every", settings.list_every,
                  {.min = std::chrono::seconds{1}, .max = std::chrono::minutes{10}},
                  "With the event stream: how old a listing may get all the same. While anything "
                  "is in the launch queue, every tick asks.");
  fields.duration("offers_within", settings.offers_within,
                  {.min = std::chrono::seconds{0}, .max = std::chrono::minutes{10}},
                  "Every launch waits for offers first. One that waits for longer finds no agent "
                  "with room, and counts as pending.");
  fields.secret_map("secrets", settings.secrets, {.max_length = 65536},
                    "Content of DC/OS secrets by their source, such as db/password, since Marathon "
                    "does not hand it out: for templates that are taken from the apps.");
  fields.require(!settings.urls.empty(), "urls needs at least one address");
  const bool has_other{!settings.access.username.empty() || !settings.access.bearer_token.empty() ||
                       !settings.access.bearer_token_file.empty()};
  fields.require(!settings.has_login || !has_other,
                 "choose one of login, username, bearer_token and bearer_token_file");
}

}  // namespace spillway::marathon
