#include "controller/cluster/marathon/settings.hpp"

#include "controller/io/url.hpp"

namespace spillway::marathon {

void describe(Fields& fields, Settings& settings) {
  fields.texts("urls", settings.urls,
               {.presence = Presence::required,
                .max_length = 300,
                .expected = "a URL such as http://marathon.mesos:8080",
                .is_valid = [](std::string_view url) { return io::parse_url(url).has_value(); }},
               "Addresses of Marathon, in the order of preference; the next one is asked when one "
               "fails. On DC/OS: https://MASTER/service/marathon with `headers: {Authorization: "
               "token=...}`. Reading is enough.");
  describe(fields, settings.access);
  fields.duration("timeout", settings.timeout,
                  {.min = std::chrono::milliseconds{100}, .max = std::chrono::minutes{1}},
                  "For one request.");
  fields.count("answer_mib_max", settings.answer_mib_max, {.min = 1, .max = 1024},
               "Largest answer to read, in MiB.");
  fields.secret_map("secrets", settings.secrets, {.max_length = 65536},
                    "Content of DC/OS secrets by their source, such as db/password, since Marathon "
                    "does not hand it out: for templates that are taken from the apps.");
  fields.require(!settings.urls.empty(), "urls needs at least one address");
}

}  // namespace spillway::marathon
