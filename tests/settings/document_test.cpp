#include "controller/settings/document.hpp"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

namespace spillway::document_test {

using namespace spillway::settings;

namespace {

struct Outcome {
  NodePtr root;
  std::string errors;
};

Outcome parse(std::string_view text) {
  Complaints complaints;
  const std::size_t file{complaints.add_file("f.yaml")};
  NodePtr root{parse_document(text, file, complaints)};
  return {std::move(root), to_string(complaints.sorted())};
}

}  // namespace

TEST_CASE("a document becomes a tree with the place of every key and value") {
  const auto [root, errors]{parse("mode: act\nlist:\n  - 1\n  - \"two\"\nempty:\nlast: {a: b}\n")};
  CHECK(errors == "");
  REQUIRE(root);
  REQUIRE(root->entries.size() == 4);
  CHECK(root->entries[0].key == "mode");
  CHECK(root->entries[0].value->text == "act");
  CHECK(root->entries[0].value->mark == Mark{0, 1, 7});
  const Node& list{*root->find("list")->value};
  CHECK(root->find("list")->key_mark == Mark{0, 2, 1});
  CHECK_FALSE(list.items.at(0)->is_quoted);
  CHECK(list.items.at(1)->is_quoted);
  CHECK(list.items.at(1)->mark == Mark{0, 4, 5});
  CHECK(root->find("empty")->value->kind == Node::Kind::nothing);
  CHECK(root->find("empty")->value->mark == Mark{0, 5, 1});
  CHECK(root->find("last")->value->find("a")->value->text == "b");
  CHECK(root->find("absent") == nullptr);
}

TEST_CASE("the place of a path is that of its last part that exists") {
  const auto [root, errors]{parse("a:\n  b:\n    - c: 1\n")};
  REQUIRE(root);
  struct Row {
    std::vector<std::string_view> steps;
    Mark mark;
    std::string path;
  };
  for (const Row& row : std::vector<Row>{
           {{"a", "b", "0", "c"}, {0, 3, 7}, "a.b[0].c"},
           {{"a", "b", "0", "x"}, {0, 3, 7}, "a.b[0].x"},
           {{"a", "b", "7"}, {0, 2, 3}, "a.b[7]"},
           {{"a", "x", "y"}, {0, 1, 1}, "a.x.y"},
           {{"x"}, {0, 1, 1}, "x"},
       }) {
    CAPTURE(row.path);
    CHECK(locate(*root, row.steps).mark == row.mark);
    CHECK(locate(*root, row.steps).path == row.path);
  }
}

TEST_CASE("whatever is not a readable document is refused with its place and advice") {
  struct Row {
    std::string name;
    std::string text;
    std::string error;
  };
  const std::vector<Row> rows{
      {"empty", "", ": the file is empty; `spillway schema` lists what it may contain"},
      {"comments only", "# x\n",
       ": the file is empty; `spillway schema` lists what it may contain"},
      {"a list", "- a\n",
       ":1:1: found no map; expected keys with values, such as \"mode: observe\""},
      {"no blank after the colon", "mode:observe\n",
       ":1:1: found no map; expected keys with values, such as \"mode: observe\""},
      {"tab", "a:\n\tb: 1\n", ":2:1: a tab indents this line; YAML allows only spaces"},
      {"tab after blanks", "a:\n  b: 1\n  \tc: 2\n",
       ":3:3: a tab indents this line; YAML allows only spaces"},
      {"two values", "a: b: c\n",
       ":1:5: unexpected \":\"; check the indentation of this line and of the one above, and quote "
       "a text that contains \": \""},
      {"indentation", "a:\n  - b\n c: 1\n",
       ":3:2: the indentation fits no line above; align keys of one section exactly"},
      {"open brace", "a: {b: 1\nc: 2\n", ":2:2: a \"{\" before here is never closed with \"}\""},
      {"open bracket", "a: [1\nc: 2\n", ":2:2: a \"[\" before here is never closed with \"]\""},
      {"open quote", "a: \"x\nb: 2\n", ":1:4: the quote that opens here is never closed"},
      {"open single quote", "a: 'it''s\nb: 2\n", ":1:4: the quote that opens here is never closed"},
      {"reserved character", "a: @x\n",
       ":1:4: a text that begins with this character must be quoted (% @ ` and tab)"},
      {"a query in braces", "probe: {http: /healthz?x=1}\n",
       ":1:23: inside { } and [ ] a text that contains \"?\" must be quoted"},
      {"unknown alias", "a: *x\n",
       ":1:4: the alias stands for nothing: no anchor (&name) of this name before here"},
      {"alias of itself", "a: &x\n  b: *x\n",
       ":2:6: the alias is used inside the value it stands for"},
      {"two documents", "a: 1\n---\nb: 2\n",
       ":2:1: a second document starts here; a file holds one, so remove the \"---\" or \"...\""},
      {"list as key", "? [a]\n: b\n", ":1:3: a key must be plain text, not a list or a map"},
      {"tag", "a: !ruby/object x\n",
       ":1:4: the YAML tag \"!ruby/object\" is not supported; write the value "
       "without it"},
      {"not UTF-8", "a: 1\nb: \xff\n", ":2:4: the byte 0xff is not UTF-8; save the file as UTF-8"},
      {"overlong UTF-8", "a: \xc0\xaf\n",
       ":1:4: the byte 0xc0 is not UTF-8; save the file as UTF-8"},
      {"cut UTF-8", "a: \xe2\x82", ":1:4: the byte 0xe2 is not UTF-8; save the file as UTF-8"},
      {"UTF-16",
       std::string{"\xff\xfe"
                   "a\0:\0",
                   6},
       ": the file is UTF-16; save it as UTF-8"},
      {"NUL", std::string{"a: \0\n", 5}, ":1:4: found the control character 0x00; expected text"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const auto [root, errors]{parse(row.text)};
    CHECK(errors == "f.yaml" + row.error + "\n");
    CHECK_FALSE(root);
  }
}

TEST_CASE("a duplicate key is reported with both lines, and the first one counts") {
  const auto [root, errors]{parse("a: 1\nb:\n  c: 1\n  c: 2\na: 3\n")};
  CHECK(errors ==
        "f.yaml:4:3: b.c: duplicate key; it is already in line 3\n"
        "f.yaml:5:1: a: duplicate key; it is already in line 1\n");
  REQUIRE(root);
  CHECK(root->find("a")->value->text == "1");
}

TEST_CASE("aliases and merge keys share settings between sections") {
  const auto [root, errors]{
      parse("a: &common {x: 1, y: 2}\nb:\n  <<: *common\n  y: 3\nc: *common\n"
            "d:\n  <<: [*common, {z: 4}]\n")};
  CHECK(errors == "");
  REQUIRE(root);
  CHECK(root->find("b")->value->find("x")->value->text == "1");
  CHECK(root->find("b")->value->find("y")->value->text == "3");
  CHECK(root->find("c")->value == root->find("a")->value);
  CHECK(root->find("d")->value->find("z")->value->text == "4");
}

TEST_CASE("aliases that multiply end at a limit") {
  std::string text{"a: &a [x,x,x,x,x,x,x,x,x,x]\n"};
  for (char c{'b'}; c < 'k'; ++c) {
    const std::string last{"*" + std::string{static_cast<char>(c - 1)}};
    text += std::string{c} + ": &" + c + " [" + last;
    for (int i{1}; i < 10; ++i) text += "," + last;
    text += "]\n";
  }
  const auto [root, errors]{parse(text)};
  CHECK_FALSE(root);
  CHECK(errors.find("the aliases stand for more than 1000000 values; write them out") !=
        errors.npos);
}

TEST_CASE("nesting ends at a limit, written out or by aliases") {
  const auto [deep, errors]{parse("a: " + std::string(100, '[') + std::string(100, ']'))};
  CHECK_FALSE(deep);
  CHECK(errors == "f.yaml:1:35: nested deeper than 32 levels\n");
  CHECK_FALSE(parse("a: " + std::string(100'000, '[')).root);

  std::string chain{"a0: &a0 [x]\n"};
  for (int i{1}; i < 100; ++i) {
    const std::string name{"a" + std::to_string(i)};
    chain += name + ": &" + name + " [*a" + std::to_string(i - 1) + "]\n";
  }
  CHECK_FALSE(parse(chain).root);
}

TEST_CASE("a file beyond the size limit is refused unread") {
  const auto [root, errors]{parse(std::string(document_bytes_max + 1, '#'))};
  CHECK_FALSE(root);
  CHECK(errors ==
        "f.yaml: the file has 8388609 bytes; at most 8 MiB are read, so split it with "
        "\"include\"\n");
}

TEST_CASE("a byte order mark and Windows line ends are fine") {
  const auto [root, errors]{parse("\xEF\xBB\xBFmode: act\r\nlist:\r\n  - 1\r\n")};
  CHECK(errors == "");
  REQUIRE(root);
  CHECK(root->find("mode")->value->text == "act");
}

TEST_CASE("a tab inside a block of text is content") {
  const auto [root, errors]{parse("script: |\n  all:\n  \techo x\n")};
  CHECK(errors == "");
  REQUIRE(root);
  CHECK(root->find("script")->value->text == "all:\n\techo x\n");
}

TEST_CASE("mutilated documents never get further than a complaint") {
  static constexpr std::string_view usual{
      "a: &x {b: [1, 2], c: \"q\"}\nd:\n  - *x\n  - |\n    text\n? e\n: 'f'\n<<: *x\n"};
  std::mt19937 random{7};
  std::uniform_int_distribution<std::size_t> at{0, usual.size() - 1};
  std::uniform_int_distribution<int> byte{0, 127};
  for (int i{0}; i < 5000; ++i) {
    std::string text{usual};
    for (int n{0}; n < 4; ++n) text[at(random)] = static_cast<char>(byte(random));
    text.resize(at(random));
    CAPTURE(text);
    const auto [root, errors]{parse(text)};
    CHECK((root != nullptr || !errors.empty()));
  }
}

TEST_CASE("no-break spaces pasted from a page: the line is told, not the one after it") {
  CHECK(parse("a:\n  b: 1\n\xC2\xA0 c: 2\n").errors ==
        "f.yaml:3:1: a no-break space indents this line; write a plain space in its place\n");
}

TEST_CASE("a quote that closes only in a later text: the line where it opened is told") {
  CHECK(parse("owner: \"me\nlists:\n  a: [\"x\", \"y\"]\n").errors ==
        "f.yaml:1:1: a quote opens in this line and closes only in line 3, where YAML is lost; was "
        "it to close here?\n");
  CHECK(parse("owner: \"me\n  too\"\nb: it's\n").errors == "");
}

TEST_CASE("a variable without quotes inside braces: told as that, not as a brace left open") {
  CHECK(parse("limits: {max: ${MAX}}\n").errors ==
        "f.yaml:1:15: inside { } and [ ] a ${NAME} must be quoted: \"${NAME}\"\n");
}

}  // namespace spillway::document_test
