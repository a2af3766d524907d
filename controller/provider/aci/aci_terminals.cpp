#include "controller/provider/aci/aci_terminals.hpp"

#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "controller/provider/aci/json_fields.hpp"

namespace spillway::aci {

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

class SocketTerminal final : public Terminal {
 public:
  explicit SocketTerminal(std::unique_ptr<io::WebSocket> socket) : socket_{std::move(socket)} {}

  asio::awaitable<Result<std::optional<std::string>>> read() override {
    co_return co_await socket_->read();
  }
  asio::awaitable<Result<void>> write(std::string bytes) override {
    co_return co_await socket_->write(std::move(bytes));
  }
  void close() override { socket_->close(); }

 private:
  std::unique_ptr<io::WebSocket> socket_;
};

std::string exec_body(const TerminalRequest& request) {
  json::object size{};
  size["rows"] = request.rows;
  size["cols"] = request.columns;
  json::object body{};
  body["command"] = request.program;
  body["terminalSize"] = std::move(size);
  return json::serialize(body);
}

}  // namespace

Result<TerminalInvitation> parse_invitation(std::string_view body, bool is_plain_allowed) {
  const auto document = parse_object(body);
  if (!document) return document.error();
  FieldReader fields{};
  std::string uri{fields.text(*document, "webSocketUri")};
  std::string password{fields.text(*document, "password")};
  if (fields.mistake()) return *fields.mistake();
  const bool is_secure{uri.starts_with("wss://")};
  const bool is_plain{uri.starts_with("ws://")};
  if (!is_secure && !(is_plain && is_plain_allowed)) {
    return Error{Errc::malformed, "webSocketUri: expected wss://..."};
  }
  uri.replace(0, 2, "http");  // wss becomes https
  auto url = io::parse_url(uri);
  if (!url) return with_context("webSocketUri", std::move(url).error());
  if (password.empty()) return Error{Errc::malformed, "password: it is missing"};
  TerminalInvitation invitation{};
  invitation.url = std::move(*url);
  invitation.password = io::Secret{std::move(password)};
  return invitation;
}

AciTerminals::AciTerminals(ArmClient& arm, BurstProvider& groups, io::WebSocketClient& sockets,
                           AciSettings settings)
    : arm_{arm}, groups_{groups}, sockets_{sockets}, settings_{std::move(settings)} {}

asio::awaitable<Result<std::unique_ptr<Terminal>>> AciTerminals::open(GroupId id,
                                                                      TerminalRequest request,
                                                                      io::Deadline deadline) {
  const bool is_attach{request.program.empty()};
  const std::string what{
      fmt::format("opening a terminal in {} of group {}", request.container, id.name)};
  // Looked at first: it says where the group is, and whether it is ours.
  GroupId same{id};
  const auto group = co_await groups_.get(std::move(same), deadline);
  if (!group) co_return with_context(what, group.error());
  const Scope scope{scope_of(settings_, group->place)};
  ArmRequest ask{};
  ask.method = "POST";
  ask.path = fmt::format(
      "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.ContainerInstance/containerGroups/{}"
      "/containers/{}/{}",
      io::percent_encode(scope.subscription), io::percent_encode(scope.resource_group),
      io::percent_encode(id.name), io::percent_encode(request.container),
      is_attach ? "attach" : "exec");
  if (!is_attach) ask.body = exec_body(request);
  ask.what = what;
  const auto answer = co_await arm_.send(std::move(ask), deadline);
  if (!answer) co_return answer.error();
  // Plain only where ARM is plain, too: an emulator.
  auto invitation = parse_invitation(answer->body, settings_.endpoint.starts_with("http://"));
  if (!invitation) co_return with_context(what, invitation.error());
  io::Headers headers{};
  const std::string password{invitation->password.reveal()};
  if (is_attach) headers.set("Authorization", password);
  auto socket = co_await sockets_.open(std::move(invitation->url), std::move(headers), deadline);
  if (!socket) co_return with_context(what, std::move(socket).error());
  if (!is_attach) {
    // The first message is the password, as text; what follows is typed, as bytes.
    std::string first{password};
    const Result<void> opened = co_await (*socket)->write_text(std::move(first));
    if (!opened) co_return with_context(what, opened.error());
  }
  std::unique_ptr<Terminal> made{std::make_unique<SocketTerminal>(std::move(*socket))};
  co_return made;
}

}  // namespace spillway::aci
