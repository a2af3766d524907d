#include "metrics/prometheus/prometheus_source.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "tests/io/http_world.hpp"
#include "tests/support/certificates.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/raw_server.hpp"

namespace spillway::prometheus::prometheus_source_test {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using testing::HttpWorld;
using testing::Pending;
using testing::RawServer;

std::string answer_of(double value) {
  return fmt::format(R"({{"status":"success","data":{{"resultType":"scalar","result":[1,"{}"]}}}})",
                     value);
}

/// A server with an API of its own choosing; remembers the requests.
struct Stub {
  using Handle = std::function<io::HttpResponse(const io::HttpRequest&)>;

  Stub(HttpWorld& owner, Handle answer)
      : world{owner},
        handle{std::move(answer)},
        server{owner.server(
            [this](io::HttpRequest request) { return this->serve(std::move(request)); })} {}
  ~Stub() { world.stop(*server); }

  asio::awaitable<io::HttpReply> serve(io::HttpRequest request) {
    requests.push_back(request);
    most_at_once = std::max(most_at_once, ++at_once);
    if (delay > Duration::zero()) {
      const auto slept = co_await world.clock.sleep_until(world.clock.now() + delay);
      if (!slept) co_return io::HttpResponse{.status = 500};
    }
    --at_once;
    co_return handle(request);
  }

  std::string url() const { return fmt::format("http://127.0.0.1:{}", server->port()); }

  HttpWorld& world;
  Handle handle;
  std::vector<io::HttpRequest> requests{};
  Duration delay{0};
  int at_once{0};
  int most_at_once{0};
  std::unique_ptr<io::HttpServer> server;
};

Stub::Handle always(double value) {
  return [value](const io::HttpRequest&) { return io::HttpResponse{.body = answer_of(value)}; };
}

Stub::Handle always(int status, std::string body) {
  return [status, body = std::move(body)](const io::HttpRequest&) {
    return io::HttpResponse{.status = status, .body = body};
  };
}

struct World : HttpWorld {
  std::unique_ptr<MetricSource> source(PrometheusSettings settings) {
    auto made{make_prometheus_source(context, clock, "prom", std::move(settings))};
    REQUIRE(made);
    return std::move(*made);
  }

  std::vector<Result<Answer>> read(MetricSource& from, std::vector<Query> queries) {
    return clock.run_still(from.read(std::move(queries), in(10s)));
  }

  Result<Answer> read_one(MetricSource& from, std::string query = "up") {
    return read(from, {{.text = std::move(query)}}).front();
  }
};

std::string refusing_url(World& world) {
  const RawServer gone{world.context, {}};
  return fmt::format("http://127.0.0.1:{}", gone.port());
}

TEST_CASE("a query travels as a form, with the time of the question and our credentials") {
  World world{};
  Stub stub{world, always(7.0)};
  const auto source{world.source({.urls = {stub.url() + "/prom/"},
                                  .parameters = {{"dedup", "true"}},
                                  .evaluation_delay = 30s,
                                  .access = {.bearer_token = "abc", .headers = {{"X-Org", "o"}}}})};
  const auto answer{world.read_one(*source, "sum(a{b=\"c d\"})")};
  REQUIRE(answer);
  CHECK(answer->samples.at("").value == 7.0);
  REQUIRE(stub.requests.size() == 1);
  const io::HttpRequest& request{stub.requests[0]};
  CHECK(request.method == "POST");
  CHECK(request.url.target == "/prom/api/v1/query");
  CHECK(request.headers.find("Authorization") == "Bearer abc");
  CHECK(request.headers.find("X-Org") == "o");
  const auto form{io::decode_query(request.body)};
  REQUIRE(form);
  const TimePoint at{testing::monday_noon - 30s};
  CHECK(*form == io::QueryParams{{"query", "sum(a{b=\"c d\"})"},
                                 {"time", fmt::format("{:.3f}", seconds(at.time_since_epoch()))},
                                 {"dedup", "true"}});
}

TEST_CASE("a Prometheus whose clock is off answers as if all were well, but for the date") {
  World world{};  // at 12:00 by our clock
  std::string date{"Mon, 23 Nov 2026 12:10:00 GMT"};
  Stub stub{world, [&date](const io::HttpRequest&) {
              io::HttpResponse response{.body = answer_of(7.0)};
              response.headers.set("Date", date);
              return response;
            }};
  const auto source{world.source({.urls = {stub.url()}})};
  CHECK(!source->clock_ahead());
  REQUIRE(world.read_one(*source));
  CHECK(source->clock_ahead() == 10min + 500ms);
  date = "Mon, 23 Nov 2026 11:59:50 GMT";
  REQUIRE(world.read_one(*source));
  CHECK(source->clock_ahead() == -10s + 500ms);
  date = "soon";  // the last word stands
  REQUIRE(world.read_one(*source));
  CHECK(source->clock_ahead() == -10s + 500ms);
}

TEST_CASE("a server that allows no POST is asked with GET from then on") {
  World world{};
  Stub stub{world, [](const io::HttpRequest& request) {
              if (request.method == "POST") return io::HttpResponse{.status = 405};
              return io::HttpResponse{.body = answer_of(7.0)};
            }};
  const auto source{world.source({.urls = {stub.url()}})};
  CHECK(world.read_one(*source, "a b"));
  CHECK(world.read_one(*source));
  REQUIRE(stub.requests.size() == 3);
  CHECK(stub.requests[1].url.target.starts_with("/api/v1/query?query=a%20b&time="));
  CHECK(stub.requests[2].method == "GET");
}

TEST_CASE("an answer belongs to its question, and one bad query leaves the others alone") {
  World world{};
  Stub stub{world, [](const io::HttpRequest& request) {
              const auto form{io::decode_query(request.body)};
              const std::string query{form->front().second};
              if (query == "bad") {
                return io::HttpResponse{
                    .status = 400,
                    .body = R"({"status":"error","errorType":"bad_data","error":"parse error"})"};
              }
              return io::HttpResponse{.body = answer_of(std::stod(query))};
            }};
  const auto source{world.source({.urls = {stub.url()}})};
  const auto answers{world.read(*source, {{.text = "1"}, {.text = "bad"}, {.text = "3"}})};
  REQUIRE(answers.size() == 3);
  CHECK(answers[0]->samples.at("").value == 1.0);
  CHECK(answers[2]->samples.at("").value == 3.0);
  REQUIRE(!answers[1]);
  CHECK(answers[1].error().code == Errc::bad_request);
  CHECK(answers[1].error().context == stub.url() + "/api/v1/query: bad_data: parse error");
}

TEST_CASE("never more queries at once than allowed") {
  World world{};
  Stub stub{world, always(7.0)};
  stub.delay = 1s;
  const auto source{world.source({.urls = {stub.url()}, .queries_at_once = 4})};
  Pending reading{world.context,
                  source->read(std::vector<Query>(20, Query{.text = "up"}), world.in(60s))};
  for (int round{1}; round <= 5; ++round) {
    world.clock.run_io_until([&] { return stub.requests.size() == 4 * std::size_t(round); });
    world.clock.advance_by(1s);
  }
  world.clock.run_io_until([&] { return reading.is_done(); });
  CHECK(stub.most_at_once == 4);
}

TEST_CASE("statuses without words in the API's format keep their kind") {
  struct Row {
    int status;
    Errc code;
  };
  constexpr Row rows[]{
      {401, Errc::denied},      {403, Errc::denied},      {404, Errc::not_found},
      {429, Errc::throttled},   {500, Errc::unavailable}, {502, Errc::unavailable},
      {503, Errc::unavailable}, {302, Errc::bad_request}, {422, Errc::bad_request}};
  for (const Row& row : rows) {
    CAPTURE(row.status);
    World world{};
    Stub stub{world, always(row.status, "<html>sorry</html>")};
    const auto source{world.source({.urls = {stub.url()}})};
    const auto answer{world.read_one(*source)};
    REQUIRE(!answer);
    CHECK(answer.error().code == row.code);
  }
}

TEST_CASE("a 503 in the API's words is the server's trouble, not the query's") {
  World world{};
  Stub stub{world,
            always(503, R"({"status":"error","errorType":"timeout","error":"query timed out"})")};
  const auto source{world.source({.urls = {stub.url()}})};
  const auto answer{world.read_one(*source)};
  REQUIRE(!answer);
  CHECK(answer.error().code == Errc::unavailable);
  CHECK(answer.error().context.find("query timed out") != std::string::npos);
}

TEST_CASE("a page that is no answer, cut off or too large is an error of its kind") {
  struct Row {
    std::string_view name;
    std::string bytes;
    Errc code;
  };
  const std::string head{"HTTP/1.1 200 OK\r\n"};
  const Row rows[]{
      {"html", head + "\r\n<html>login</html>", Errc::malformed},
      {"not HTTP", "SSH-2.0-OpenSSH\r\n\r\n", Errc::malformed},
      {"cut off", head + "Content-Length: 100\r\n\r\n{\"status\":", Errc::unavailable},
      {"announced too large", head + "Content-Length: 99999999\r\n\r\n{", Errc::too_large},
      {"too large", head + "\r\n" + std::string(1'100'000, ' '), Errc::too_large},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    World world{};
    const RawServer::Answer said{row.bytes, RawServer::Then::closes};
    const RawServer server{world.context, {said, said}};
    const auto source{world.source(
        {.urls = {fmt::format("http://127.0.0.1:{}", server.port())}, .answer_mib_max = 1})};
    const auto answer{world.read_one(*source)};
    REQUIRE(!answer);
    CHECK(answer.error().code == row.code);
  }
}

TEST_CASE("the next replica answers for one that is down, and is kept until the first is back") {
  World world{};
  bool is_first_up{false};
  Stub first{world, [&](const io::HttpRequest&) {
               return is_first_up ? io::HttpResponse{.body = answer_of(1.0)}
                                  : io::HttpResponse{.status = 502};
             }};
  Stub second{world, always(2.0)};
  const auto source{world.source({.urls = {first.url(), second.url()}, .failback_after = 30s})};
  CHECK(world.read_one(*source)->samples.at("").value == 2.0);
  CHECK(world.read_one(*source)->samples.at("").value == 2.0);
  CHECK(first.requests.size() == 1);  // not asked again while it is known to be down

  world.clock.advance_by(30s);
  CHECK(world.read_one(*source)->samples.at("").value == 2.0);
  CHECK(first.requests.size() == 2);  // the trial: beside the real query, and still down

  is_first_up = true;
  world.clock.advance_by(30s);
  CHECK(world.read_one(*source)->samples.at("").value == 2.0);
  CHECK(world.read_one(*source)->samples.at("").value == 1.0);
}

TEST_CASE("a replica that hangs leaves the next one its share of the deadline") {
  World world{};
  Stub hanging{world, always(1.0)};
  hanging.delay = 1h;
  Stub good{world, always(2.0)};
  const auto source{world.source({.urls = {hanging.url(), good.url()}})};
  Pending reading{world.context, source->read({{.text = "up"}}, world.in(10s))};
  world.clock.run_io_until([&] { return !hanging.requests.empty(); });
  world.clock.advance_by(5s);
  world.clock.run_io_until([&] { return reading.is_done(); });
  CHECK(reading.answer()[0]->samples.at("").value == 2.0);
  CHECK(world.clock.now() == testing::monday_noon + 5s);
  world.clock.advance_by(2h);  // lets the hanging handler end, or the server could not stop
}

TEST_CASE("when every replica fails, the error tells of each") {
  World world{};
  Stub broken{world, always(500, "broken")};
  const auto source{world.source({.urls = {refusing_url(world), broken.url()}})};
  const auto answer{world.read_one(*source)};
  REQUIRE(!answer);
  CHECK(answer.error().code == Errc::unavailable);
  CHECK(answer.error().context.find("; then") != std::string::npos);
  CHECK(answer.error().context.find("broken") != std::string::npos);
}

TEST_CASE("a wrong query is not taken to other replicas") {
  World world{};
  const auto wrong{
      always(400, R"({"status":"error","errorType":"bad_data","error":"parse error"})")};
  Stub first{world, wrong};
  Stub second{world, wrong};
  const auto source{world.source({.urls = {first.url(), second.url()}})};
  CHECK(!world.read_one(*source));
  CHECK(second.requests.empty());
}

TEST_CASE("an answer lost on a kept connection is asked for again") {
  World world{};
  const std::string said{answer_of(7.0)};
  const RawServer server{
      world.context,
      {{"", RawServer::Then::resets},
       {fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{}", said.size(), said)}}};
  const auto source{world.source({.urls = {fmt::format("http://127.0.0.1:{}", server.port())}})};
  CHECK(world.read_one(*source));
  CHECK(server.requests().size() == 2);
}

TEST_CASE("a server that echoes our credentials does not get them into an error") {
  World world{};
  Stub stub{world, [](const io::HttpRequest& request) {
              return io::HttpResponse{
                  .status = 401,
                  .body = "no access with " + std::string{*request.headers.find("Authorization")}};
            }};
  const auto source{
      world.source({.urls = {stub.url()}, .access = {.username = "me", .password = "pa55word"}})};
  const auto answer{world.read_one(*source)};
  REQUIRE(!answer);
  CHECK(answer.error().code == Errc::denied);
  CHECK(answer.error().context.find("no access with Basic ***") != std::string::npos);
}

TEST_CASE("TLS with certificates of both sides, from the files that the settings name") {
  World world{};
  const testing::Authority authority{"test"};
  const testing::Certificate ours{authority.issue("DNS:client")};
  const testing::Certificate theirs{authority.issue("IP:127.0.0.1")};
  const auto server{world.server(
      [](io::HttpRequest) -> asio::awaitable<io::HttpReply> {
        io::HttpResponse response{.body = answer_of(7.0)};
        co_return response;
      },
      {.tls = io::TlsServerOptions{.certificate_pem = theirs.certificate_pem,
                                   .key_pem = io::Secret{theirs.key_pem},
                                   .client_ca_pem = authority.certificate_pem()}})};
  const testing::ScratchDirectory scratch{};
  const std::string url{fmt::format("https://127.0.0.1:{}", server->port())};
  const std::string ca{scratch.write("ca.pem", authority.certificate_pem())};
  const auto known{
      world.source({.urls = {url},
                    .access = {.ca_file = ca,
                               .certificate_file = scratch.write("c.pem", ours.certificate_pem),
                               .key_file = scratch.write("k.pem", ours.key_pem)}})};
  CHECK(world.read_one(*known)->samples.at("").value == 7.0);
  const auto stranger{world.source({.urls = {url}, .access = {.ca_file = ca}})};
  CHECK(!world.read_one(*stranger));
  const auto distrustful{world.source({.urls = {url}})};
  CHECK(world.read_one(*distrustful).error().code == Errc::malformed);
  world.stop(*server);
}

TEST_CASE("a redirect says where the API seems to be") {
  World world{};
  Stub stub{world, [](const io::HttpRequest&) {
              return io::HttpResponse{.status = 302, .headers = {{"Location", "/graph"}}};
            }};
  const auto source{world.source({.urls = {stub.url()}})};
  const auto answer{world.read_one(*source)};
  REQUIRE(!answer);
  CHECK(answer.error().context.find("redirects to /graph") != std::string::npos);
}

TEST_CASE("settings that cannot work are refused when the source is made") {
  World world{};
  CHECK(!make_prometheus_source(world.context, world.clock, "prom", {}));
  CHECK(!make_prometheus_source(world.context, world.clock, "prom", {.urls = {"ftp://x"}}));
  CHECK(!make_prometheus_source(world.context, world.clock, "prom",
                                {.urls = {"https://x"}, .access = {.ca_file = "/no/such/file"}}));
}

}  // namespace
}  // namespace spillway::prometheus::prometheus_source_test
