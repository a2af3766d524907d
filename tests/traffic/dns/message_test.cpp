#include "controller/traffic/dns/message.hpp"

#include <string>
#include <utility>
#include <vector>

#include "tests/support/printing.hpp"

namespace spillway::message_test {

using namespace spillway::dns;
using namespace std::string_literals;

namespace {

std::string mistake(std::string_view bytes) {
  const auto parsed = parse_message(bytes);
  return parsed ? "" : parsed.error().context;
}

}  // namespace

TEST_CASE("a question is as RFC 1035 has it, byte for byte") {
  Message question{};
  question.id = 0x1234;
  question.flags = flags_of(Opcode::query);
  question.questions.push_back({"Web.example", type::a, dns_class::in});
  CHECK(encode(question) ==
        "\x12\x34\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x03web\x07"
        "example\x00\x00\x01\x00\x01"s);
}

TEST_CASE("an update is as RFC 2136 has it: zone, conditions, changes") {
  Message update{};
  update.flags = flags_of(Opcode::update);
  update.questions.push_back({"a", type::soa, dns_class::in});
  update.answers.push_back({"b.a", type::txt, dns_class::none, 0, ""});
  update.authorities.push_back({"b.a", type::a, dns_class::in, 30, "\x0a\x00\x00\x04"s});
  CHECK(encode(update) ==
        "\x00\x00\x28\x00\x00\x01\x00\x01\x00\x01\x00\x00"
        "\x01"
        "a\x00\x00\x06\x00\x01"
        "\x01"
        "b\x01"
        "a\x00\x00\x10\x00\xfe\x00\x00\x00\x00\x00\x00"
        "\x01"
        "b\x01"
        "a\x00\x00\x01\x00\x01\x00\x00\x00\x1e\x00\x04\x0a\x00\x00\x04"s);
  const auto parsed = parse_message(encode(update));
  REQUIRE(parsed);
  CHECK(parsed->opcode() == Opcode::update);
  CHECK(parsed->questions == update.questions);
  CHECK(parsed->answers == update.answers);
  CHECK(parsed->authorities == update.authorities);
}

TEST_CASE("compressed names are read, and case does not matter") {
  const std::string answer{
      "\x00\x01\x84\x00\x00\x01\x00\x01\x00\x00\x00\x00"
      "\x03WEB\x07"
      "example\x00\x00\x01\x00\x01"
      "\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x05\x00\x04\x01\x02\x03\x04"s};
  const auto parsed = parse_message(answer);
  REQUIRE(parsed);
  CHECK(parsed->is_answer());
  CHECK(parsed->is_authoritative());
  CHECK(parsed->questions.at(0).name == "web.example");
  CHECK(parsed->answers.at(0).name == "web.example");
  CHECK(parsed->answers.at(0).ttl == 5);
  CHECK(parsed->answers.at(0).data == "\x01\x02\x03\x04");
}

TEST_CASE("a message that ends too early, goes on or goes in circles is malformed") {
  const std::string header{"\x00\x01\x84\x00\x00\x01\x00\x00\x00\x00\x00\x00"s};
  CHECK(mistake("") == "DNS message: shorter than its header");
  CHECK(mistake(header) == "DNS message: ends within a name");
  CHECK(mistake(header + "\x05"s + "ab") == "DNS message: ends within a name");
  CHECK(mistake(header + "\x00\x00"s) == "DNS message: ends within a question");
  CHECK(mistake(header + "\xc0\x0c\x00\x01\x00\x01"s) == "DNS message: a name that does not end");
  CHECK(mistake(header + "\xc0\xff\x00\x01\x00\x01"s) == "DNS message: a name that does not end");
  CHECK(mistake(header + "\x80\x00\x00\x01\x00\x01"s) == "DNS message: a label of an unknown kind");
  CHECK(mistake(header + "\x00\x00\x01\x00\x01!"s) == "DNS message: goes on after its end");
  const std::string record{"\x00\x01\x84\x00\x00\x00\x00\x01\x00\x00\x00\x00"s};
  CHECK(mistake(record + "\x00\x00\x01"s) == "DNS message: ends within a record");
  CHECK(mistake(record + "\x00\x00\x01\x00\x01\x00\x00\x00\x05\x00\x04\x01"s) ==
        "DNS message: ends within the data of a record");
  std::string endless{header};
  for (int i{0}; i < 200; ++i) endless += "\x02xy";
  CHECK(mistake(endless + "\x00\x00\x01\x00\x01"s) == "DNS message: a name that is too long");
}

TEST_CASE("texts longer than a piece of a TXT record are put together again") {
  for (const std::size_t size : {0U, 1U, 255U, 256U, 600U}) {
    CAPTURE(size);
    const std::string text(size, 'x');
    CHECK(parse_txt(txt_data(text)) == text);
  }
  CHECK(txt_data("") == "\x00"s);
  CHECK_FALSE(
      parse_txt("\x05"
                "ab"));
}

TEST_CASE("addresses are their bytes") {
  CHECK(address_data("10.0.0.4") == "\x0a\x00\x00\x04"s);
  CHECK(address_data("::1")->size() == 16);
  CHECK_FALSE(address_data("web"));
  CHECK_FALSE(address_data("10.0.0.4:80"));
}

}  // namespace spillway::message_test
