// The whole emulator in one object: clock, cloud, backend and HTTP front on somebody's io_context.
// The command line program is one user of it, in-process tests are the other. One thread.
#pragma once

#include <boost/json/object.hpp>
#include <memory>
#include <string>

#include "tests/emulator/options.hpp"

namespace boost::asio {
class io_context;
}

namespace spillway::emulator {

class Emulator {
 public:
  /// Listens at once; requests are answered while `context` runs. Throws std::exception with a
  /// sentence for the user if an option is of no use. `context` must outlive the emulator.
  Emulator(boost::asio::io_context& context, EmulatorOptions options);
  ~Emulator();
  Emulator(const Emulator&) = delete;
  Emulator& operator=(const Emulator&) = delete;

  /// `http://127.0.0.1:43210`, without a slash at the end: the ARM endpoint and the authority.
  std::string url() const;

  /// The second, plain listener; empty without one.
  std::string plain_url() const;

  /// Closes every connection and ends every process. Idempotent.
  void stop();

  // The admin endpoint without HTTP, for tests in the same process.

  /// Emulator time jumps forward; everything due until then has happened when it returns.
  void advance(Duration by);
  /// What `GET /_emulator/state` shows.
  boost::json::object state() const;
  /// Arms a fault as `POST /_emulator/faults` does; throws std::invalid_argument if it is
  /// malformed.
  void add_fault(const boost::json::object& fault);
  void clear_faults();
  /// The platform moves a group (by name): its address changes. False if no such group runs.
  bool evict(const std::string& group);
  void reset();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace spillway::emulator
