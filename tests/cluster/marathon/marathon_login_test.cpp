// Who may ask a Marathon: users, passwords, tokens and service accounts, over real HTTP.
#include <algorithm>
#include <boost/json/parse.hpp>
#include <string>

#include "controller/cluster/marathon/login.hpp"
#include "tests/cluster/marathon/marathon_rig.hpp"
#include "tests/support/service_token.hpp"

namespace spillway::marathon_login_test {

using namespace spillway::marathon;
using namespace spillway::testing;
using namespace std::chrono_literals;

namespace {

using Rig = MarathonRig;
using Watching = MarathonWatch;
constexpr std::string_view web{marathon_app};

/// Making one takes a moment.
const RsaPair& account_key() {
  static const RsaPair pair{make_rsa_pair()};
  return pair;
}

auto logins(const Rig& rig) {
  return std::ranges::count(rig.stub.requests, "0 POST /acs/api/v1/auth/login");
}

}  // namespace

TEST_CASE("a user and a password open it, others are told who is refused") {
  Rig rig{};
  rig.stub.basic_user = "spillway";
  rig.stub.basic_password = "hunter2";
  rig.stub.put_app(web);
  rig.settings.access.username = "spillway";
  rig.settings.access.password = "wrong-password";
  const Error refused{rig.observe().error()};
  CHECK(refused.code == Errc::denied);
  CHECK(refused.context.find("Invalid username or password") != std::string::npos);
  CHECK(refused.context.find("wrong-password") == std::string::npos);

  Rig right{};
  right.stub.basic_user = "spillway";
  right.stub.basic_password = "hunter2";
  right.stub.put_app(web);
  right.settings.access.username = "spillway";
  right.settings.access.password = "hunter2";
  CHECK(right.observe());
  right.stub.is_forbidden = true;
  CHECK(right.observe().error().code == Errc::denied);
}

TEST_CASE("a user of DC/OS logs in once, and again when the token is refused") {
  Rig rig{};
  rig.stub.uid = "bootstrap";
  rig.stub.uid_password = "hunter2";
  rig.stub.put_app(web);
  rig.stub.settle();
  rig.settings.has_login = true;
  rig.settings.login = {.url = rig.stub.url(), .uid = "bootstrap", .password = "hunter2"};
  CHECK(rig.observe());
  CHECK(rig.observe());
  CHECK(logins(rig) == 1);
  CHECK(rig.stub.last_authorization.starts_with("token=ey"));
  rig.stub.void_token();
  CHECK(rig.observe());
  CHECK(logins(rig) == 2);
  Watching watching{rig};
  watching.until_attached();
  rig.stub.void_token();
  rig.stub.end_streams();
  watching.until_detached();
  watching.until_attached();  // with a new token
  CHECK(logins(rig) == 3);
}

TEST_CASE("a login that is refused is told without the password") {
  Rig rig{};
  rig.stub.uid = "bootstrap";
  rig.stub.uid_password = "hunter2";
  rig.settings.has_login = true;
  rig.settings.login = {.url = rig.stub.url(), .uid = "bootstrap", .password = "hunter3"};
  const Error refused{rig.observe().error()};
  CHECK(refused.code == Errc::denied);
  CHECK(refused.context.find("bootstrap") != std::string::npos);
  CHECK(refused.context.find("hunter3") == std::string::npos);
}

TEST_CASE("a service account proves itself with its key, and again when the token is refused") {
  Rig rig{};
  rig.stub.uid = "spillway";
  rig.stub.service_key = account_key().public_pem;
  rig.stub.put_app(web);
  rig.stub.settle();
  rig.settings.has_login = true;
  rig.settings.login = {
      .url = rig.stub.url(), .uid = "spillway", .private_key = account_key().private_pem};
  CHECK(rig.observe());
  CHECK(rig.observe());
  CHECK(logins(rig) == 1);
  CHECK(rig.stub.last_authorization.starts_with("token=ey"));
  rig.stub.void_token();
  CHECK(rig.observe());
  CHECK(logins(rig) == 2);
}

TEST_CASE("a key of somebody else is refused with what to look at, and never shown") {
  Rig rig{};
  rig.stub.uid = "spillway";
  rig.stub.service_key = make_rsa_pair().public_pem;
  rig.settings.has_login = true;
  rig.settings.login = {
      .url = rig.stub.url(), .uid = "spillway", .private_key = account_key().private_pem};
  const Error refused{rig.observe().error()};
  CHECK(refused.code == Errc::denied);
  CHECK(refused.context.find("spillway") != std::string::npos);
  CHECK(refused.context.find("public key of that service account") != std::string::npos);
  CHECK(refused.context.find("PRIVATE") == std::string::npos);
}

TEST_CASE("who may log in and not see is not logged in anew at every tick") {
  Rig rig{};
  rig.stub.uid = "spillway";
  rig.stub.uid_password = "hunter2";
  rig.settings.has_login = true;
  rig.settings.login = {.url = rig.stub.url(), .uid = "spillway", .password = "hunter2"};
  rig.stub.is_forbidden = true;
  for (int i{0}; i < 3; ++i) CHECK(rig.observe().error().code == Errc::denied);
  CHECK(logins(rig) == 1);
}

TEST_CASE("the token that we sign names the account, ends soon, and is checked by its public key") {
  const LoginSettings login{
      .url = "https://master", .uid = "spillway", .private_key = account_key().private_pem};
  const TimePoint now{1'795'444'200'000ms};
  const auto body = login_body(login, now);
  REQUIRE(body);
  const auto words = boost::json::parse(*body).as_object();
  CHECK(words.size() == 2);
  CHECK(words.at("uid").as_string() == "spillway");
  const std::string token{std::string_view{words.at("token").as_string()}};
  const auto claims = verified_claims(token, account_key().public_pem);
  REQUIRE(claims);
  CHECK(claims->at("uid").as_string() == "spillway");
  CHECK(claims->at("exp").as_int64() == 1'795'444'200 + 300);
  CHECK_FALSE(verified_claims(token, make_rsa_pair().public_pem));
}

TEST_CASE("an answer of a login that is none is an error") {
  CHECK(parse_login(R"({"token": "ey"})"));
  for (const char* const body :
       {"", "[]", "{}", R"({"token": ""})", R"({"token": 1})", "{\"token\": \"a\\r\\nX: y\"}"}) {
    CAPTURE(body);
    CHECK(parse_login(body).error().code == Errc::malformed);
  }
}

}  // namespace spillway::marathon_login_test
