#include "controller/provider/aci/image_rule.hpp"

#include <doctest/doctest.h>

#include <string>

namespace spillway::aci::image_rule_test {
namespace {

const std::string digest{"@sha256:" + std::string(64, 'a')};

TEST_CASE(
    "a name of an image that no registry can have is refused before Azure tries for minutes") {
  struct Row {
    std::string image;
    std::string fault;
  };
  for (const Row& row :
       {Row{"web:", "ends with \":\" and no tag; write one after it, or leave the \":\" out"},
        Row{"example.azurecr.io/web:",
            "ends with \":\" and no tag; write one after it, or leave "
            "the \":\" out"},
        Row{"web@sha256:abc",
            "\"@sha256:abc\" is no digest; expected @sha256: and 64 hexadecimal digits"},
        Row{"web@", "\"@\" is no digest; expected @sha256: and 64 hexadecimal digits"},
        Row{"azurecr.io/Web:1", "\"Web\" has capitals: registries know names in lower case alone"},
        Row{"Web", "\"Web\" has capitals: registries know names in lower case alone"},
        Row{"$IMG", "\"$IMG\" is no name: a variable of the environment is written ${NAME}"},
        Row{"a//b",
            "\"a//b\" is no name of an image: expected lower case letters, digits, and . _ "
            "- / between them"},
        Row{"example.azurecr.io/",
            "\"\" is no name of an image: expected lower case letters, "
            "digits, and . _ - / between them"},
        Row{"web:.x", "\".x\" is no tag; expected up to 128 letters, digits, and _ . - after them"},
        Row{"web 1", "should be REGISTRY/NAME:TAG without a scheme or blanks"},
        Row{"https://x/y", "should be REGISTRY/NAME:TAG without a scheme or blanks"}}) {
    CAPTURE(row.image);
    CHECK(image_fault(row.image) == row.fault);
  }
}

TEST_CASE("names that registries know pass, among them httpd, which begins like a scheme") {
  for (const std::string& image :
       {std::string{"web"}, std::string{"web:1"}, std::string{"httpd:2.4"},
        std::string{"localhost:5000/a/b"}, std::string{"localhost/a_b"},
        std::string{"mcr.microsoft.com/azuredocs/aci-helloworld:Latest_1.2-x"},
        std::string{"REGISTRY/web"}, "web" + digest, "example.azurecr.io:443/web:1" + digest,
        "web@sha512:" + std::string(128, '0')}) {
    CAPTURE(image);
    CHECK(image_fault(image).empty());
  }
}

}  // namespace
}  // namespace spillway::aci::image_rule_test
