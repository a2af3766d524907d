#include "tests/support/child_process.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <fstream>
#include <random>
#include <stdexcept>
#include <system_error>
#include <thread>

namespace spillway::testing {

namespace {

[[noreturn]] void fail(const std::string& step) {
  throw std::runtime_error{step + ": " + std::system_category().message(errno)};
}

int anonymous_file(const char* name) {
  const int descriptor{memfd_create(name, MFD_CLOEXEC)};
  if (descriptor < 0) fail("memfd_create");
  return descriptor;
}

std::string content_of(int descriptor) {
  std::string text{};
  char block[16384];
  while (true) {
    const ssize_t got{pread(descriptor, block, sizeof block, static_cast<off_t>(text.size()))};
    if (got <= 0) return text;
    text.append(block, static_cast<std::size_t>(got));
  }
}

std::vector<std::string> environment_with(
    const std::vector<std::pair<std::string, std::string>>& added) {
  std::vector<std::string> all{};
  for (char** entry{environ}; *entry != nullptr; ++entry) {
    const std::string_view text{*entry};
    const std::string_view name{text.substr(0, text.find('='))};
    bool is_replaced{false};
    for (const auto& [key, value] : added) is_replaced = is_replaced || key == name;
    if (!is_replaced) all.emplace_back(text);
  }
  for (const auto& [key, value] : added) all.push_back(key + "=" + value);
  return all;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers{};
  pointers.reserve(texts.size() + 1);
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

constexpr std::uint16_t first_port{10000};

/// The kernel gives ports from here on to connections and to whoever asks for port 0.
std::uint16_t first_ephemeral_port() {
  std::ifstream file{"/proc/sys/net/ipv4/ip_local_port_range"};
  std::uint16_t first{0};
  return file >> first ? first : 32768;
}

/// Claims the port among all tests of this machine, until this process ends: its name is taken as
/// that of an abstract socket, which leaves no file behind.
bool is_claimed(std::uint16_t port) {
  const std::string name{"spillway-test-port-" + std::to_string(port)};
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  name.copy(address.sun_path + 1, name.size());
  const auto size{static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size())};
  const int descriptor{socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  if (descriptor < 0) fail("socket");
  if (bind(descriptor, reinterpret_cast<sockaddr*>(&address), size) == 0) return true;
  close(descriptor);
  return false;
}

bool is_unbound(std::uint16_t port) {
  const int descriptor{socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  if (descriptor < 0) fail("socket");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  const bool is_bound{bind(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0};
  close(descriptor);
  return is_bound;
}

}  // namespace

std::optional<std::string> find_program(std::string_view program) {
  const char* path{std::getenv("PATH")};
  std::string places{path == nullptr ? "" : path};
  places += ":/usr/sbin:/sbin";
  for (std::size_t begin{0}; begin <= places.size();) {
    const std::size_t end{std::min(places.find(':', begin), places.size())};
    const auto candidate{std::filesystem::path{places.substr(begin, end - begin)} / program};
    if (end > begin && access(candidate.c_str(), X_OK) == 0) return candidate.string();
    begin = end + 1;
  }
  return std::nullopt;
}

std::uint16_t free_port() {
  static std::mt19937 random{std::random_device{}()};
  const std::uint16_t ephemeral{first_ephemeral_port()};
  if (ephemeral <= first_port) throw std::runtime_error{"free_port: all ports are ephemeral"};
  std::uniform_int_distribution<int> ports{first_port, ephemeral - 1};
  for (int attempt{0}; attempt < 1000; ++attempt) {
    const auto port{static_cast<std::uint16_t>(ports(random))};
    if (is_claimed(port) && is_unbound(port)) return port;
  }
  throw std::runtime_error{"free_port: no port is free"};
}

bool wait_until(const std::function<bool()>& holds, std::chrono::milliseconds limit) {
  const auto end{std::chrono::steady_clock::now() + limit};
  while (!holds()) {
    if (std::chrono::steady_clock::now() >= end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
  return true;
}

ScratchDirectory::ScratchDirectory() {
  std::string pattern{(std::filesystem::temp_directory_path() / "spillway-test-XXXXXX").string()};
  if (mkdtemp(pattern.data()) == nullptr) fail("mkdtemp");
  path_ = pattern;
}

ScratchDirectory::~ScratchDirectory() {
  std::error_code ignored{};
  std::filesystem::remove_all(path_, ignored);
}

std::string ScratchDirectory::write(std::string_view name, std::string_view text) const {
  const auto file{path_ / name};
  std::ofstream out{file, std::ios::binary | std::ios::trunc};
  out << text;
  out.close();
  if (!out) throw std::runtime_error{"cannot write " + file.string()};
  return file.string();
}

ChildProcess::ChildProcess(std::vector<std::string> command, Options options)
    : output_{anonymous_file("stdout")}, error_{anonymous_file("stderr")} {
  const auto program{command.at(0).find('/') == std::string::npos ? find_program(command.at(0))
                                                                  : std::optional{command.at(0)}};
  if (!program) throw std::runtime_error{command.at(0) + " is not in PATH"};
  std::vector<std::string> environment{environment_with(options.environment)};
  const std::vector<char*> arguments{pointers_to(command)};
  const std::vector<char*> variables{pointers_to(environment)};
  const pid_t parent{getpid()};

  pid_ = fork();
  if (pid_ < 0) fail("fork");
  if (pid_ == 0) {  // between fork and exec: system calls only
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(127);  // the parent died before prctl took effect
    const int nothing{open("/dev/null", O_RDONLY)};
    dup2(nothing, STDIN_FILENO);
    dup2(output_, STDOUT_FILENO);
    dup2(error_, STDERR_FILENO);
    if (options.directory.empty() || chdir(options.directory.c_str()) == 0) {
      execve(program->c_str(), arguments.data(), variables.data());
    }
    _exit(127);
  }
  setpgid(pid_, pid_);  // in both, so that it holds whoever runs first
}

ChildProcess::~ChildProcess() {
  kill_group();
  close(output_);
  close(error_);
}

bool ChildProcess::is_running() {
  return !exit_code();
}

std::optional<int> ChildProcess::exit_code() {
  if (exit_code_) return exit_code_;
  int status{0};
  if (waitpid(pid_, &status, WNOHANG) != pid_) return std::nullopt;
  exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return exit_code_;
}

std::string ChildProcess::standard_output() const {
  return content_of(output_);
}
std::string ChildProcess::standard_error() const {
  return content_of(error_);
}

void ChildProcess::send_signal(int number) {
  if (is_running()) kill(pid_, number);  // not reaped yet, so the id is still this child's
}

bool ChildProcess::wait_for_exit(std::chrono::milliseconds limit) {
  return wait_until([this] { return !is_running(); }, limit);
}

int ChildProcess::stop(std::chrono::milliseconds grace) {
  send_signal(SIGTERM);
  if (!wait_for_exit(grace)) kill_group();
  return *exit_code_;
}

void ChildProcess::kill_group() {
  if (exit_code_) return;
  kill(-pid_, SIGKILL);
  int status{0};
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) continue;
  exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace spillway::testing
