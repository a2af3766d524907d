#include "tests/emulator/raw_client.hpp"

#include <arpa/inet.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <utility>

namespace spillway::emulator {
namespace {

/// Longer than any healthy answer takes, even under a sanitizer on a busy machine.
constexpr timeval patience{.tv_sec = 20, .tv_usec = 0};

}  // namespace

RawClient::RawClient(const std::string& url, int version_max) {
  const std::size_t host{url.find("://") + 3};
  const std::size_t colon{url.rfind(':')};
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(url.substr(colon + 1))));
  inet_pton(AF_INET, url.substr(host, colon - host).c_str(), &address.sin_addr);
  socket_ = socket(AF_INET, SOCK_STREAM, 0);
  setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  if (connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw std::runtime_error{"cannot connect to " + url};
  }
  connected_ = true;
  if (!url.starts_with("https")) return;
  // OpenSSL writes to the socket itself, without MSG_NOSIGNAL: a refused handshake would end the
  // test.
  std::signal(SIGPIPE, SIG_IGN);
  context_.reset(SSL_CTX_new(TLS_client_method()));
  if (version_max != 0) {
    // Security level 0, or OpenSSL itself would refuse to offer the old versions.
    SSL_CTX_set_security_level(context_.get(), 0);
    SSL_CTX_set_max_proto_version(context_.get(), version_max);
  }
  tls_.reset(SSL_new(context_.get()));
  SSL_set_fd(tls_.get(), socket_);
  connected_ = SSL_connect(tls_.get()) == 1;
}

RawClient::~RawClient() {
  close(socket_);
}

void RawClient::send(const std::string& bytes) {
  std::size_t sent{0};
  while (sent < bytes.size()) {
    const auto left{bytes.size() - sent};
    const auto n{tls_ ? SSL_write(tls_.get(), bytes.data() + sent, static_cast<int>(left))
                      : ::send(socket_, bytes.data() + sent, left, MSG_NOSIGNAL)};
    if (n <= 0) return;  // the server has heard enough: its answer says why
    sent += static_cast<std::size_t>(n);
  }
}

int RawClient::read_some(char* into, int size) {
  if (tls_) return SSL_read(tls_.get(), into, size);
  return static_cast<int>(recv(socket_, into, static_cast<std::size_t>(size), 0));
}

std::string RawClient::receive() {
  std::array<char, 65536> chunk{};
  for (;;) {
    const std::size_t end{pending_.find("\r\n\r\n")};
    if (end != std::string::npos) {
      const std::size_t field{pending_.find("Content-Length: ")};
      const std::size_t body{field < end ? std::stoul(pending_.substr(field + 16)) : 0};
      if (pending_.size() >= end + 4 + body) {
        std::string answer{pending_.substr(0, end + 4 + body)};
        pending_.erase(0, answer.size());
        return answer;
      }
    }
    const int n{read_some(chunk.data(), static_cast<int>(chunk.size()))};
    if (n <= 0) return std::exchange(pending_, {});
    pending_.append(chunk.data(), static_cast<std::size_t>(n));
  }
}

std::optional<std::string> RawClient::receive_all() {
  std::array<char, 65536> chunk{};
  std::string all{std::exchange(pending_, {})};
  for (;;) {
    const int n{read_some(chunk.data(), static_cast<int>(chunk.size()))};
    if (n > 0) {
      all.append(chunk.data(), static_cast<std::size_t>(n));
    } else {
      const bool timed_out{n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)};
      return timed_out ? std::nullopt : std::optional{all};
    }
  }
}

void RawClient::finish() {
  shutdown(socket_, SHUT_WR);
}

TestCertificate::TestCertificate() {
  std::string name{(std::filesystem::temp_directory_path() / "emulator-test-XXXXXX").string()};
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error{"no temporary folder"};
  folder = name;
  certificate_file = folder + "/cert.pem";
  key_file = folder + "/key.pem";
  EVP_PKEY* const key{EVP_EC_gen("P-256")};
  X509* const certificate{X509_new()};
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 86400);
  X509_NAME* const subject{X509_get_subject_name(certificate)};
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("localhost"), -1, -1, 0);
  X509_set_issuer_name(certificate, subject);
  X509_set_pubkey(certificate, key);
  X509_sign(certificate, key, EVP_sha256());
  std::FILE* file{std::fopen(certificate_file.c_str(), "w")};
  PEM_write_X509(file, certificate);
  std::fclose(file);
  file = std::fopen(key_file.c_str(), "w");
  PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr);
  std::fclose(file);
  X509_free(certificate);
  EVP_PKEY_free(key);
}

TestCertificate::~TestCertificate() {
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
}

}  // namespace spillway::emulator
