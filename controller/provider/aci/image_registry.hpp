// What a registry says about an image before anything is pulled: its name taken apart, the
// challenge by which it asks for a login, and what its answers mean. By the OCI distribution
// specification and Docker's token scheme. Pure; asking is doctor.hpp's business.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "controller/core/error.hpp"
#include "controller/core/finding.hpp"
#include "controller/io/secret.hpp"
#include "controller/provider/aci/diagnosis.hpp"

namespace spillway::aci {

struct ImageName {
  std::string host{};        ///< `docker.io` if the image names none
  std::string repository{};  ///< `library/nginx`
  std::string reference{};   ///< a tag, `latest` if it names none, or a digest

  bool operator==(const ImageName&) const = default;
};

/// `nginx` is docker.io, library/nginx, latest. Nothing if a part is empty or has characters that
/// do not belong into a URL's path.
std::optional<ImageName> parse_image(std::string_view image);

/// Where the image's manifest is: asking for its head is no pull and counts as none.
std::string manifest_url(const ImageName& image);

/// How a registry asks for a login.
struct Challenge {
  bool is_bearer{false};  ///< false: it wants the account itself
  std::string realm{};    ///< of a bearer token: the URL that hands it out
  std::string service{};
  std::string scope{};

  bool operator==(const Challenge&) const = default;
};

/// Of `WWW-Authenticate`. Nothing for any other scheme, and for a bearer without realm.
std::optional<Challenge> parse_challenge(std::string_view header);

/// Where to ask for a token to pull `image`. Error: `malformed` for a realm that is no https URL:
/// an account is not sent in clear.
Result<std::string> token_url(const Challenge& challenge, const ImageName& image);

/// Of `{"token": ...}` or `{"access_token": ...}`. Error: `malformed`.
Result<io::Secret> parse_registry_token(std::string_view body);

/// The account that the settings have for this registry, as `Basic ...`; empty if none.
io::Secret account_of(const Wanted& wanted, const ImageName& image);

/// What came of asking: the last status, or why there is none.
struct RegistryAnswer {
  std::optional<int> status{};
  std::string trouble{};
};
Finding judge_registry(const Wanted& wanted, const ImageName& image, const RegistryAnswer& answer);

}  // namespace spillway::aci
