#include "controller/provider/aci/image_registry.hpp"

#include <doctest/doctest.h>

#include "tests/support/printing.hpp"

namespace spillway::aci::image_registry_test {
namespace {

TEST_CASE("an image's name is taken apart as Docker does") {
  struct Row {
    std::string image;
    ImageName expected;
  };
  for (const Row& row :
       {Row{"nginx", {"docker.io", "library/nginx", "latest"}},
        Row{"nginx:1.27", {"docker.io", "library/nginx", "1.27"}},
        Row{"team/web", {"docker.io", "team/web", "latest"}},
        Row{"docker.io/team/web:2", {"docker.io", "team/web", "2"}},
        Row{"host:5000/a/b:c", {"host:5000", "a/b", "c"}},
        Row{"host:5000/a/b", {"host:5000", "a/b", "latest"}},
        Row{"r.azurecr.io/web@sha256:00ff", {"r.azurecr.io", "web", "sha256:00ff"}},
        Row{"r.azurecr.io/web:1@sha256:00ff", {"r.azurecr.io", "web", "sha256:00ff"}}}) {
    CAPTURE(row.image);
    CHECK(parse_image(row.image) == row.expected);
  }
  for (const char* wrong : {"", ":1", "web:", "r.azurecr.io/", "web:a b", "we b", "web?x=1",
                            "web:1/../../v2", "r.azurecr.io/web@"}) {
    CAPTURE(wrong);
    CHECK_FALSE(parse_image(wrong).has_value());
  }
  CHECK(manifest_url(*parse_image("nginx")) ==
        "https://registry-1.docker.io/v2/library/nginx/manifests/latest");
}

TEST_CASE("a challenge is read however it is quoted and ordered") {
  const Challenge expected{true, "https://auth.example/token", "registry.example",
                           "repository:a/b:pull"};
  CHECK(parse_challenge("Bearer realm=\"https://auth.example/token\",service=\"registry.example\","
                        "scope=\"repository:a/b:pull\"") == expected);
  CHECK(parse_challenge("bearer scope=\"repository:a/b:pull\", error=\"x\", service="
                        "registry.example, realm=https://auth.example/token") == expected);
  CHECK(parse_challenge("Basic realm=\"r\"") == Challenge{});
  for (const char* other : {"", "Negotiate", "Bearer", "Bearer service=\"x\"", "Bearer realm",
                            "Bearer realm=\"\"", "Digest realm=\"r\""}) {
    CAPTURE(other);
    CHECK_FALSE(parse_challenge(other).has_value());
  }
}

TEST_CASE("a token is asked for over TLS alone, with what the registry named") {
  const ImageName image{*parse_image("r.azurecr.io/a/b:1")};
  CHECK(*token_url({true, "https://r.azurecr.io/oauth2/token", "r.azurecr.io", "x y"}, image) ==
        "https://r.azurecr.io/oauth2/token?service=r.azurecr.io&scope=x%20y");
  CHECK(token_url({true, "http://r.azurecr.io/t", "", ""}, image).error().code == Errc::malformed);
  CHECK(token_url({true, "no url", "", ""}, image).error().code == Errc::malformed);
  CHECK(parse_registry_token(R"({"token": "a"})")->reveal() == "a");
  CHECK(parse_registry_token(R"({"access_token": "b", "token": ""})")->reveal() == "b");
  CHECK(parse_registry_token("{}").error().code == Errc::malformed);
  CHECK(parse_registry_token("<html>").error().code == Errc::malformed);
}

TEST_CASE("Docker Hub without an account is a warning, as a burst pulls many times") {
  Wanted hub{.workload = "web", .replica = {.image = "nginx"}};
  const ImageName image{*parse_image("nginx")};
  CHECK(judge_registry(hub, image, {200, ""}).health == Health::warning);
  hub.replica.registry_server = "index.docker.io";
  hub.replica.registry_username = "team";
  CHECK(judge_registry(hub, image, {200, ""}).health == Health::ok);
  CHECK(judge_registry(hub, image, {401, ""}).health == Health::failure);
  CHECK(judge_registry(hub, image, {404, ""}).health == Health::failure);
  CHECK(judge_registry(hub, image, {500, ""}).health == Health::warning);
  CHECK(judge_registry(hub, image, {{}, "no such name"}).health == Health::warning);
  hub.replica.registry_server = "mydocker.io";
  CHECK(account_of(hub, image).empty());
}

}  // namespace
}  // namespace spillway::aci::image_registry_test
