// A client that sends exactly the bytes it is told to, over TCP or TLS: for tests of what an HTTP
// library would never send or never show. Blocking, with a limit on every wait.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <optional>
#include <string>

namespace spillway::emulator {

class RawClient {
 public:
  /// Connects to `url` (http or https, a loopback address). With https, `version_max` caps TLS.
  explicit RawClient(const std::string& url, int version_max = 0);
  ~RawClient();
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  /// False if the TLS handshake was refused.
  bool connected() const { return connected_; }
  void send(const std::string& bytes);
  /// One answer: header and as much body as its Content-Length says, or what came before the end.
  std::string receive();
  /// Everything until the server closes; nothing if it does not within the limit.
  std::optional<std::string> receive_all();
  /// Ends our side of the connection.
  void finish();

 private:
  int read_some(char* into, int size);

  int socket_{-1};
  bool connected_{false};
  std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context_{nullptr, SSL_CTX_free};
  std::unique_ptr<SSL, void (*)(SSL*)> tls_{nullptr, SSL_free};
  std::string pending_{};
};

/// A self-signed certificate and its key, as PEM files in a fresh folder that goes with the object.
struct TestCertificate {
  TestCertificate();
  ~TestCertificate();
  TestCertificate(const TestCertificate&) = delete;
  TestCertificate& operator=(const TestCertificate&) = delete;
  std::string folder, certificate_file, key_file;
};

}  // namespace spillway::emulator
