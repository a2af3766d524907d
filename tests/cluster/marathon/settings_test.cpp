#include "controller/cluster/marathon/settings.hpp"

#include <doctest/doctest.h>

#include "tests/settings/read_yaml.hpp"

namespace spillway::settings_test {

using namespace spillway::testing;

TEST_CASE("a Marathon needs its addresses alone, and its events are followed") {
  const auto read = read_yaml<marathon::Settings>("urls: [http://m1:8080, http://m2:8080]");
  CHECK(read.errors == "");
  CHECK(read.settings.urls.size() == 2);
  CHECK(read.settings.follows_events);
  CHECK_FALSE(read.settings.has_login);
}

TEST_CASE("a user of DC/OS instead of a token") {
  const auto read = read_yaml<marathon::Settings>(
      "urls: [https://master/service/marathon]\n"
      "login: {url: https://master, uid: spillway, password: hunter2}\nevents: false\n");
  CHECK(read.errors == "");
  CHECK(read.settings.has_login);
  CHECK(read.settings.login.uid == "spillway");
  CHECK_FALSE(read.settings.follows_events);
}

TEST_CASE("a login has a password or a key, and a key that can sign") {
  const auto errors_of{[](const std::string& login) {
    return read_yaml<marathon::Settings>("urls: [http://m]\nlogin: {url: http://m, uid: a" + login +
                                         "}\n")
        .errors;
  }};
  CHECK(errors_of(", password: b") == "");
  CHECK(errors_of("").find("a service account's private_key") != std::string::npos);
  CHECK(errors_of(", password: b, private_key: c").find("a service account's private_key") !=
        std::string::npos);
  CHECK(errors_of(", private_key: c").find("no RSA private key in PEM") != std::string::npos);
  CHECK(errors_of(", private_key: c").find("private_key: c") == std::string::npos);
}

TEST_CASE("mistakes are told with what was expected") {
  CHECK(read_yaml<marathon::Settings>("urls: []").errors != "");
  CHECK(read_yaml<marathon::Settings>("urls: [m1]").errors.find("http://marathon.mesos:8080") !=
        std::string::npos);
  CHECK(read_yaml<marathon::Settings>("urls: [http://m]\nlogin: {uid: a, password: b}\n")
            .errors.find("url") != std::string::npos);
  CHECK(read_yaml<marathon::Settings>(
            "urls: [http://m]\nusername: a\nlogin: {url: http://m, uid: a, password: b}\n")
            .errors.find("choose one of") != std::string::npos);
}

}  // namespace spillway::settings_test
