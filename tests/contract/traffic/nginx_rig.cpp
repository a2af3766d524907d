#include "tests/contract/traffic/nginx_rig.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <csignal>
#include <filesystem>
#include <sstream>
#include <stdexcept>

#include "controller/io/atomic_file.hpp"
#include "controller/traffic/template_file/template.hpp"

namespace spillway::testing {

namespace asio = boost::asio;

namespace {

constexpr std::string_view nginx_config{R"({1}daemon off;
worker_processes 1;
pid {0}/pid;
error_log {0}/error.log;
events {{}}
http {{
  access_log off;
  client_body_temp_path {0}/temp;
  proxy_temp_path {0}/temp;
  fastcgi_temp_path {0}/temp;
  uwsgi_temp_path {0}/temp;
  scgi_temp_path {0}/temp;
  include {0}/burst/*.conf;
  server {{
    listen 127.0.0.1:{2};
    location / {{ proxy_pass http://web; proxy_next_upstream off; }}
  }}
  server {{
    listen 127.0.0.1:{3};
    location / {{ proxy_pass http://shop; proxy_next_upstream off; }}
  }}
}}
)"};

std::string upstream(std::optional<int> base_port) {
  // An upstream needs a server; one that is down gets nothing.
  const std::string base{
      base_port
          ? fmt::format("  server 127.0.0.1:{} weight=10;\n", *base_port)
          : "  {{^admitted_replicas}}\n  server 127.0.0.1:9 down;\n  {{/admitted_replicas}}\n"};
  return "upstream {{workload}} {\n  zone {{workload}} 64k;\n" + base +
         "  {{#replicas}}\n"
         "  server {{address}} weight={{weight}} max_fails=0{{#draining}} down{{/draining}};\n"
         "  {{/replicas}}\n"
         "}\n";
}

}  // namespace

NginxRig::NginxRig(RealTime& time, std::optional<int> base_port) : time_{time} {
  auto client = io::make_http_client(time.context, time.clock);
  SPILLWAY_ASSERT(client);  // without options there is nothing that could be wrong
  client_ = std::move(*client);
  std::filesystem::create_directory(scratch_.path() / "burst");
  std::filesystem::create_directory(scratch_.path() / "temp");
  // As root its workers would become somebody who may not enter here.
  const std::string user{::geteuid() == 0 ? "user root;\n" : ""};
  scratch_.write("nginx.conf",
                 fmt::format(nginx_config, scratch_.path().string(), user, web_port_, shop_port_));
  template_text_ = upstream(base_port);
  write_template(template_text_);
  start();
}

NginxRig::~NginxRig() {
  process_->stop(std::chrono::milliseconds{500});
}

std::vector<std::string> NginxRig::command(const std::vector<std::string>& arguments) const {
  const std::string directory{scratch_.path().string()};
  std::vector<std::string> words{find_program("nginx").value_or("nginx"),
                                 "-q",
                                 "-p",
                                 directory,
                                 "-c",
                                 directory + "/nginx.conf",
                                 "-e",
                                 directory + "/error.log"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  return words;
}

void NginxRig::write_pristine() const {
  const auto parsed = template_file::Template::parse(template_text_);
  SPILLWAY_ASSERT(parsed);
  for (const std::string workload : {"web", "shop"}) {
    scratch_.write("burst/" + workload + ".conf", parsed->render({.workload = workload}));
  }
}

void NginxRig::start() {
  write_pristine();
  process_ = std::make_unique<ChildProcess>(command({}));
  const bool is_ready{
      wait_until([&] { return !process_->is_running() || get("shop").first != 0; })};
  if (!is_ready || !process_->is_running()) {
    throw std::runtime_error{"nginx did not start: " + process_->standard_error()};
  }
}

bool NginxRig::has_settled() const {
  const std::string pid{std::to_string(process_->pid())};
  const auto children = io::read_file("/proc/" + pid + "/task/" + pid + "/children", 64 * 1024);
  if (!children) return false;
  std::istringstream numbers{*children};
  int working{0};
  for (std::string child{}; numbers >> child;) {
    const auto title = io::read_file("/proc/" + child + "/cmdline", 64 * 1024);
    const bool is_leaving{title && title->find("shutting down") != std::string::npos};
    if (title && !title->empty() && !is_leaving) ++working;
  }
  return working == 1;
}

void NginxRig::restart() {
  process_->stop(std::chrono::milliseconds{500});
  start();
}

io::HttpRequest NginxRig::request(const std::string& workload, std::string path) const {
  io::HttpRequest made{};
  made.url.host = "127.0.0.1";
  made.url.port = workload == "web" ? web_port_ : shop_port_;
  made.url.target = std::move(path);
  made.headers.set("Connection", "close");
  return made;
}

std::pair<int, std::string> NginxRig::get(const std::string& workload, std::string path) {
  auto response = time_.run(client_->send(request(workload, std::move(path)), time_.soon()));
  if (!response) return {0, to_string(response.error())};
  return {response->status, response->body};
}

void NginxRig::start_get(const std::string& workload, std::string path,
                         std::shared_ptr<std::optional<int>> answer) {
  asio::co_spawn(time_.context, client_->send(request(workload, std::move(path)), time_.soon()),
                 [answer](std::exception_ptr, Result<io::HttpResponse> response) {
                   *answer = response ? response->status : 0;
                 });
}

}  // namespace spillway::testing
