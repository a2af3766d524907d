#include "controller/traffic/haproxy/answers.hpp"

#include <random>
#include <vector>

#include "tests/support/printing.hpp"
#include "tests/traffic/haproxy/samples.hpp"

namespace spillway::answers_test {

using namespace spillway::haproxy;

TEST_CASE("the two tables of a backend become one list of servers") {
  const auto servers = parse_servers(samples::whole_answer());
  REQUIRE(servers);
  REQUIRE(servers->size() == 4);
  CHECK((*servers)[0] ==
        Server{.name = "vm1", .ip = "127.0.0.1", .port = 19911, .weight = 1, .in_flight = 4});
  CHECK((*servers)[1] == Server{.name = "spillway-a",
                                .ip = "127.0.0.2",
                                .port = 19921,
                                .weight = 70,
                                .is_draining = true,
                                .in_flight = 3});
  CHECK((*servers)[2].is_in_maintenance);
}

TEST_CASE("a server whose check was never switched on is told apart") {
  std::string answer{samples::whole_answer()};
  const auto at = answer.find("1 0 1 6 0 0 0 - 19921");
  answer.replace(at, 7, "1 0 1 2");
  CHECK(parse_servers(answer).value()[1].needs_health_enabled);
  CHECK_FALSE(parse_servers(samples::whole_answer()).value()[1].needs_health_enabled);
}

TEST_CASE("an added disabled server that was made ready counts as in service") {
  std::string answer{samples::whole_answer()};
  const auto at = answer.find("0 5 1 1 2");
  answer.replace(at, 9, "2 4 1 1 2");  // 4: only the memory of `disabled` in the config file
  CHECK_FALSE(parse_servers(answer).value()[2].is_in_maintenance);
}

TEST_CASE("columns are found by their names, not by their places") {
  const std::string answer{
      "1\n# srv_check_state extra srv_name srv_uweight srv_admin_state srv_port srv_addr\n"
      "6 x s1 9 0 80 10.0.0.1\n\n# scur,qcur,svname,\n1,2,s1,\n\n"};
  const auto servers = parse_servers(answer);
  REQUIRE(servers);
  CHECK(servers->front() ==
        Server{.name = "s1", .ip = "10.0.0.1", .port = 80, .weight = 9, .in_flight = 3});
}

TEST_CASE("a server that came or went between the two tables is left out") {
  std::string answer{samples::whole_answer()};
  const auto at = answer.find("be,aci2");
  answer.replace(at, 7, "be,acix");
  CHECK(parse_servers(answer).value().size() == 3);
}

TEST_CASE("a truncated answer is never read as a shorter list") {
  const std::string whole{samples::whole_answer()};
  for (std::size_t length{0}; length < whole.size(); ++length) {
    CAPTURE(length);
    CHECK_FALSE(parse_servers(whole.substr(0, length)).has_value());
  }
}

TEST_CASE("garbage is malformed or refused and never crashes") {
  for (unsigned seed{1}; seed <= 2000; ++seed) {
    CAPTURE(seed);
    std::mt19937 random{seed};
    std::string answer{samples::whole_answer()};
    for (int changes{0}; changes < 5; ++changes) {
      answer[random() % answer.size()] = static_cast<char>(random() % 256);
    }
    const auto servers = parse_servers(answer);
    if (!servers) continue;
    for (const Server& server : *servers) {
      CHECK(server.port >= 0);
      CHECK(server.port <= 65535);
      CHECK(server.in_flight >= 0);
    }
  }
  CHECK(parse_servers("HTTP/1.1 400 Bad request\r\n\r\n").error().code == Errc::bad_request);
  CHECK(parse_servers("").error().code == Errc::malformed);
}

TEST_CASE("numbers out of range are malformed") {
  for (const auto& [from, to] :
       std::vector<std::pair<std::string, std::string>>{{"- 19911 -", "- 70000 -"},
                                                        {"- 19911 -", "- -1 -"},
                                                        {"2 0 1 1 2", "2 0 257 1 2"},
                                                        {"2 0 1 1 2", "2 x 1 1 2"},
                                                        {"vm1,0,0,4,", "vm1,0,0,-4,"},
                                                        {"vm1,0,0,4,", "vm1,0,0,99999999999,"},
                                                        {"vm1,0,0,4,", "vm1,2147483647,0,4,"},
                                                        {"vm1,0,0,4,", "vm1,0,0,,"}}) {
    const std::string damage{to};  // clang 14 does not let CAPTURE's lambda see a binding
    CAPTURE(damage);
    std::string answer{samples::whole_answer()};
    answer.replace(answer.find(from), from.size(), to);
    const auto servers = parse_servers(answer);
    REQUIRE_FALSE(servers);
    CHECK(servers.error().code == Errc::malformed);
  }
}

TEST_CASE("an answer beyond the limit is refused unread") {
  std::string answer{samples::whole_answer()};
  answer.resize(answer_limit + 1, 'x');
  CHECK(parse_servers(answer).error().code == Errc::too_large);
}

TEST_CASE("each refusal says what a person can do") {
  CHECK(parse_servers("Permission denied\n\n").error().code == Errc::denied);
  CHECK(parse_servers("Can't find backend.\n\n").error().context.find("`backend`") !=
        std::string::npos);
  CHECK(parse_added("No such backend.\n").error().code == Errc::bad_request);
  CHECK(parse_added("Unknown command, but maybe one of ...\n\n").error().context.find("2.6") !=
        std::string::npos);
  CHECK(parse_added("'cookie' option is not accepted for dynamic server\n\n").error().code ==
        Errc::bad_request);
  CHECK(parse_changed("Permission denied\n\n").error().code == Errc::denied);
  CHECK(parse_changed("No such server.\n\n").error().code == Errc::not_found);
  CHECK(parse_changed("Invalid addr 'foo' by 'stats socket command'\n\n").error().code ==
        Errc::bad_request);
  CHECK(parse_deleted("Server still has connections attached to it, cannot remove it.\n")
            .error()
            .code == Errc::transitioning);
  CHECK(parse_deleted("Only servers in maintenance mode can be deleted.\n").error().code ==
        Errc::bad_request);
  CHECK(parse_deleted("").error().code == Errc::malformed);
}

TEST_CASE("a file for TLS that HAProxy has not read is said to be one, with the way out") {
  for (const char* const answer : {"'ca-file' : unable to load /etc/haproxy/burst-ca.pem.\n\n",
                                   "unable to stat SSL certificate '/etc/haproxy/own.pem'.\n\n"}) {
    const auto refused = parse_added(answer);
    CHECK(refused.error().code == Errc::bad_request);
    CHECK(refused.error().context.find("HAProxy's own config has to name it") != std::string::npos);
  }
}

TEST_CASE("success and what is as good as success") {
  CHECK(parse_added("New server registered.\n\n"));
  CHECK(parse_added("Already exists a server with the same name in backend.\n\n"));
  CHECK(parse_changed("\n"));
  CHECK(parse_changed("\n\n\n"));
  CHECK(parse_changed("IP changed from '127.0.0.1' to '127.0.0.2' by 'stats socket command'\n\n"));
  CHECK(parse_changed("no need to change the addr by 'stats socket command'\n\n"));
  CHECK(parse_deleted("Server deleted.\n"));
  CHECK(parse_deleted("No such server.\n"));
}

TEST_CASE("the first table tells the number of the backend, if it has servers") {
  CHECK(parse_backend_number(samples::whole_answer()).value() == 3);
  const std::string alone{std::string{samples::state_header} + std::string{samples::state_rows}};
  CHECK(parse_backend_number(alone).value() == 3);
  CHECK_FALSE(parse_backend_number(std::string{samples::state_header} + "\n").value());
  CHECK(parse_backend_number("1\n# be_id\n-1\n\n").error().code == Errc::malformed);
  CHECK(parse_backend_number("Can't find backend.\n\n").error().code == Errc::bad_request);
}

}  // namespace spillway::answers_test
