#include "tests/emulator/emulator.hpp"

#include <boost/asio/steady_timer.hpp>
#include <stdexcept>

#include "tests/emulator/admin.hpp"
#include "tests/emulator/clock.hpp"
#include "tests/emulator/cloud.hpp"
#include "tests/emulator/docker_backend.hpp"
#include "tests/emulator/http_front.hpp"
#include "tests/emulator/process_backend.hpp"
#include "tests/emulator/recorder.hpp"
#include "tests/emulator/simulated_backend.hpp"

namespace spillway::emulator {

namespace asio = boost::asio;

struct Emulator::Parts {
  Parts(asio::io_context& context, EmulatorOptions with)
      : options{std::move(with)},
        clock{options.speed, options.manual_time},
        backend{make_backend(context)},
        cloud{options, *backend, clock.epoch()},
        recorder{options.record_file},
        timer{context},
        front{context, options, clock, [this](const Request& request) { return handle(request); }} {
    if (!options.http_listen.empty()) {
      EmulatorOptions plain{options};
      plain.listen = options.http_listen;
      plain.tls_certificate_file.clear();
      plain_front = std::make_unique<HttpFront>(
          context, plain, clock, [this](const Request& request) { return handle(request); });
    }
    backend->on_exit = [this](const RunId& run, int code) {
      cloud.world().advance_to(clock.now());
      cloud.world().container_exited(run, code);
      set_timer();
    };
    cloud.on_advance = [this](Duration by) {
      clock.advance(by);
      time_moved();
    };
  }

  std::unique_ptr<Backend> make_backend(asio::io_context& context) {
    if (options.backend == BackendKind::simulated)
      return std::make_unique<SimulatedBackend>(options);
    const auto shown_now{[this] { return cloud.world().shown(clock.now()); }};
    if (options.backend == BackendKind::docker)
      return std::make_unique<DockerBackend>(context, options, shown_now);
    return std::make_unique<ProcessBackend>(context, options, shown_now);
  }

  void time_moved() {
    front.time_moved();
    if (plain_front) plain_front->time_moved();
  }

  Response handle(const Request& request) {
    Response response{cloud.handle(request, clock.now())};
    recorder.note(request, response);
    set_timer();
    return response;
  }

  /// Wakes up for the next event of the world: processes must start without being asked for.
  void set_timer() {
    const auto next{cloud.world().next_event()};
    if (!next || stopped) return;
    const auto wait{clock.real_time_until(*next)};
    if (!wait) return;
    timer.expires_after(*wait);
    timer.async_wait([this, life = std::weak_ptr<bool>{alive}](boost::system::error_code error) {
      if (error || life.expired() || stopped) return;
      cloud.world().advance_to(clock.now());
      set_timer();
    });
  }

  EmulatorOptions options;
  Clock clock;
  std::unique_ptr<Backend> backend;
  Cloud cloud;
  Recorder recorder;
  asio::steady_timer timer;
  HttpFront front;
  std::unique_ptr<HttpFront> plain_front{};  ///< in plain http, beside https
  bool stopped{false};
  std::shared_ptr<bool> alive{std::make_shared<bool>(true)};  ///< gone for handlers that come late
};

Emulator::Emulator(asio::io_context& context, EmulatorOptions options)
    : parts_{std::make_unique<Parts>(context, std::move(options))} {}

Emulator::~Emulator() {
  stop();
}

std::string Emulator::url() const {
  return parts_->front.url();
}

std::string Emulator::plain_url() const {
  return parts_->plain_front ? parts_->plain_front->url() : std::string{};
}

void Emulator::stop() {
  if (parts_->stopped) return;
  parts_->stopped = true;
  parts_->timer.cancel();
  parts_->front.stop();
  if (parts_->plain_front) parts_->plain_front->stop();
  parts_->cloud.world().reset();
}

void Emulator::advance(Duration by) {
  parts_->clock.advance(by);
  parts_->cloud.world().advance_to(parts_->clock.now());
  parts_->time_moved();
  parts_->set_timer();
}

boost::json::object Emulator::state() const {
  return show_state(parts_->cloud.world());
}

void Emulator::add_fault(const boost::json::object& document) {
  World& world{parts_->cloud.world()};
  world.advance_to(parts_->clock.now());
  auto fault{read_fault(document, world.now())};
  if (!fault) throw std::invalid_argument{fault.error().message};
  world.faults.add(*fault);
}

void Emulator::clear_faults() {
  parts_->cloud.world().faults.clear();
}

bool Emulator::evict(const std::string& name) {
  World& world{parts_->cloud.world()};
  world.advance_to(parts_->clock.now());
  for (const auto& [key, group] : world.groups()) {
    if (group.name != name || group.phase != Phase::provisioned) continue;
    const std::string evicted{key};
    world.interrupt_group(
        evicted, group.spot ? World::Interruption::eviction : World::Interruption::maintenance,
        true);
    parts_->set_timer();
    return true;
  }
  return false;
}

void Emulator::reset() {
  parts_->cloud.world().reset();
}

}  // namespace spillway::emulator
