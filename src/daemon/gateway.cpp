#include "pointsman/daemon/gateway.hpp"

#include <algorithm>
#include <future>
#include <thread>

#include "pointsman/daemon/grants.hpp"
#include "pointsman/daemon/handshake_watch.hpp"
#include "pointsman/daemon/process_metrics.hpp"
#include "pointsman/daemon/store_paths.hpp"
#include "pointsman/store/lost_keys.hpp"

namespace pointsman::daemon {
namespace {

http::Limits limits_of(const config::Settings& settings) {
  http::Limits limits;
  limits.body = settings.limits.request_body;
  limits.half_close = settings.limits.half_close;
  return limits;
}

// Each removes a little of what is too old.
constexpr Milliseconds between_prunes{10'000};

// At the end.
constexpr Milliseconds last_words_of_traces{2'000};

// Connections over the limit that are open at a time.
constexpr std::size_t most_turned_away = 256;
// Of an endpoint's health.
constexpr std::size_t changes_shown = 20;

std::size_t worker_count(const config::Settings& settings) {
  return settings.workers != 0 ? settings.workers : std::max(1u, std::thread::hardware_concurrency());
}

// From another thread; returns when it is done.
template <class Action>
void run_on(net::Worker& worker, const Action& action) {
  std::promise<void> done;
  worker.post([&] {
    action();
    done.set_value();
  });
  done.get_future().wait();
}

}  // namespace

Gateway::Lane::Lane(std::size_t number, Gateway& gateway)
    : worker(std::make_unique<net::Worker>(number, gateway.clock_)),
      limits(limits_of(gateway.settings_)),
      most_connections(gateway.settings_.limits.connections),
      feedback(*worker, *gateway.control_worker_, *gateway.control_plane_),
      forwarder(std::make_unique<proxy::Forwarder>(*worker, limits, metrics.client_leave(), metrics.attempts(),
                                                   feedback, *gateway.owners_, gateway.waiting_room_, metrics.queue())),
      websockets(std::make_unique<proxy::WebSocketForwarder>(*forwarder, *worker, limits, gateway.budget_,
                                                             metrics.websockets())),
      access_log(gateway.access_log_),
      recorder(gateway.ledger_.get()),
      tracer(gateway.settings_.traces, gateway.spans_),
      router(std::make_unique<api::Router>(*forwarder, *websockets, gateway.ring(), gateway.failed_attempts_,
                                           gateway.late_settlements_, gateway.log_, access_log, recorder, tracer,
                                           metrics)),
      turn_away(access_log, recorder, metrics) {
  router->note_in(gateway.handshake_failures_);
  turn_away.note_in(gateway.handshake_failures_);
  worker->every_tick([this] {
    access_log.flush();
    recorder.tick();
    tracer.hand_over();
  });
  pulse.follow(*worker);
}

void Gateway::Pulse::follow(net::Worker& worker) {
  worker.every_tick([this, &worker] { last_ = worker.now(); });
}

Gateway::Gateway(config::Settings settings, const Clock& clock, observe::Log& log, observe::Log& access_log,
                 HandedSockets handed)
    : settings_(std::move(settings)),
      clock_(clock),
      log_(log),
      access_log_(access_log),
      limits_(limits_of(settings_)),
      budget_(settings_.limits.buffered),
      handed_(std::move(handed)),
      store_watch_(log, "the database"),
      ledger_watch_(log, "the ledger"),
      log_watch_(log, access_log) {}

Gateway::~Gateway() { stop(); }

Result<bool> Gateway::start() {
  auto tls = net::make_tls_clients(settings_.endpoints);
  if (!tls) return tls.error();
  auto store = store::Store::open(settings_.store_path, clock_);
  if (!store) return store.error();
  store_ = std::move(*store);
  tell_opening(*store_, settings_.store_path, log_);
  if (const auto kept = check_keys(); !kept) return kept.error();
  if (const auto opened = open_ledger(); !opened) return opened.error();
  if (const auto made = make_exporter(); !made) return made.error();

  control_worker_ = std::make_unique<net::Worker>(0, clock_);
  control_worker_->every_tick([this] {
    store_watch_.look(store_->condition());
    log_watch_.look();
    tell(handshake_failures_, clock_.monotonic(), log_);
  });
  if (ledger_) {
    control_worker_->every_tick([this] {
      ledger_watch_.look(ledger_->condition());
      prune_ledger();
    });
  }
  if (exporter_) control_worker_->every_tick([this] { exporter_->tick(*control_worker_); });
  control_pulse_.follow(*control_worker_);
  control_plane_ = std::make_unique<ControlPlane>(*control_worker_, settings_, std::move(*tls), *store_, log_,
                                                  [this](registry::SnapshotPtr snapshot) { publish(snapshot); });
  owner_archive_ = std::make_unique<OwnerArchive>(*control_worker_, *store_);
  owners_ = std::make_unique<ownership::Directory>(
      clock_, ownership::Directory::Bounds{settings_.ownership.lasts, settings_.ownership.in_memory}, *owner_archive_);
  for (std::size_t number = 1; number <= worker_count(settings_); ++number) {
    lanes_.push_back(std::make_unique<Lane>(number, *this));
  }
  using Reach = api::Operations::Reach;
  operations_ = std::make_unique<api::Operations>(
      settings_.operations.address.is_loopback() ? Reach::this_machine : Reach::others,
      [this] { return control_plane_->readiness(); }, [this](observe::PrometheusText& text) { write_metrics(text); },
      [this](const std::string& endpoint) { return store_->health_changes(endpoint, changes_shown); },
      [this] { return waiting_room_.lengths(); }, [this] { return net::failures_of(renewals_); });
  operations_->use(ring());
  operations_->note_in(handshake_failures_);
  if (const auto listening = listen(); !listening) return listening.error();

  control_plane_->restore();
  control_plane_->start();
  for (const auto& acceptor : acceptors_) acceptor->start();
  control_worker_->start();
  for (const auto& lane : lanes_) lane->worker->start();
  running_ = true;
  tell_start();
  return true;
}

void Gateway::tell_start() const {
  const auto keys = settings_.access.keys.size() + store::count_unrevoked(kept_keys_);
  log_.write(observe::Level::info, "pointsman runs",
             {{"version", POINTSMAN_VERSION},
              {"endpoints", static_cast<std::int64_t>(settings_.endpoints.size())},
              {"keys", static_cast<std::int64_t>(keys)}});
  for (std::size_t i = 0; i < acceptors_.size(); ++i) {
    const bool is_main = i < settings_.listen.size();
    const auto& listener = is_main ? settings_.listen[i] : settings_.operations;
    log_.write(observe::Level::info, "listening",
               {{"listener", is_main ? "main" : "operations"},
                {"address", acceptors_[i]->address()},
                {"tls", listener.tls.has_value()}});
  }
}

// Who had keys and finds none has lost them, and would be open to everybody.
Result<void> Gateway::check_keys() {
  if (!kept_keys_.empty()) {
    store_->remember_keys(clock_.wall());
  } else if (forgets_keys_) {
    store_->forget_keys();
  } else if (store_->had_keys()) {
    return store::storage_error("There were keys, but the database of keys " + settings_.keys_path +
                                " is gone or has none: " + std::string(store::when_keys_are_lost) + ".");
  }
  return {};
}

Result<void> Gateway::open_ledger() {
  const auto path = ledger_path(settings_);
  if (path.empty()) return {};
  const auto& rules = settings_.ledger;
  auto ledger = ledger::Ledger::open(path, {rules.raw, rules.hourly, rules.daily}, clock_.wall());
  if (!ledger) return Error{ledger.error().code, ledger.error().origin, false, "the ledger: " + ledger.error().message};
  ledger_ = std::move(*ledger);
  tell_ledger_opening(*ledger_, path, log_);
  return {};
}

Result<void> Gateway::make_exporter() {
  if (!settings_.traces || !settings_.traces->collector) return {};
  auto exporter = traces::Exporter::create(*settings_.traces, spans_, clock_, log_);
  if (!exporter) return exporter.error();
  exporter_ = std::move(*exporter);
  return {};
}

void Gateway::prune_ledger() {
  const auto now = clock_.monotonic();
  if (now < next_prune_) return;
  next_prune_ = now + between_prunes;
  ledger_->prune(clock_.wall());
}

Result<void> Gateway::listen() {
  std::vector<net::Worker*> workers;
  for (const auto& lane : lanes_) workers.push_back(lane->worker.get());
  const auto serve = [this](net::Worker& worker, net::Socket socket, std::optional<net::TlsServer> tls) {
    auto& lane = *lanes_[worker.number() - 1];
    std::size_t connections = 0;
    for (const auto& each : lanes_) connections += each->worker->connections().load();
    http::Handler& handler =
        connections > lane.most_connections ? static_cast<http::Handler&>(lane.turn_away) : *lane.router;
    http::Connection::serve(worker, std::move(socket), std::move(tls), lane.limits, budget_, handler);
  };
  // Those over the limit are told so; where even they are too many, nobody is.
  for (const auto& listener : settings_.listen) {
    const auto listening = listen(listener, workers, settings_.limits.connections + most_turned_away, serve);
    if (!listening) return listening.error();
  }
  constexpr std::size_t most_operations_connections = 256;
  return listen(settings_.operations, {control_worker_.get()}, most_operations_connections,
                [this](net::Worker& worker, net::Socket socket, std::optional<net::TlsServer> tls) {
                  http::Connection::serve(worker, std::move(socket), std::move(tls), limits_, budget_, *operations_);
                });
}

Result<void> Gateway::listen(const config::Listener& listener, std::vector<net::Worker*> workers,
                             std::size_t most_connections, net::Acceptor::OnConnection on_connection) {
  const auto unusable = [&](const Error& error) {
    return Error{error.code, error.origin, false, "the listener " + listener.address.text() + ": " + error.message};
  };
  std::optional<config::Identity> identity;
  std::optional<net::TlsServer> tls;
  if (listener.tls) {
    auto read = config::read_identity(*listener.tls);
    if (!read) return unusable(read.error());
    auto made = net::TlsServer::create(*read);
    if (!made) return unusable(made.error());
    identity = std::move(*read);
    tls = std::move(*made);
  }
  auto listening = net::Acceptor::listen(listener.address, handed_.find(listener.address), std::move(tls),
                                         std::move(workers), most_connections, std::move(on_connection), log_);
  if (!listening) return listening.error();
  auto& acceptor = *acceptors_.emplace_back(std::move(*listening));
  if (identity) {
    renewals_.push_back(std::make_unique<net::CertificateRenewal>(
        *control_worker_, log_, acceptor.address(), *listener.tls, std::move(*identity),
        [&acceptor](net::TlsServer renewed) { acceptor.use(std::move(renewed)); }));
  }
  return {};
}

void Gateway::write_metrics(observe::PrometheusText& text) const {
  std::vector<const api::RequestMetrics*> workers;
  for (const auto& lane : lanes_) workers.push_back(&lane->metrics);
  std::vector<net::Worker*> with_lag{control_worker_.get()};
  for (const auto& lane : lanes_) with_lag.push_back(lane->worker.get());
  std::uint64_t accept_failures = 0;
  for (const auto& acceptor : acceptors_) accept_failures += acceptor->failures();
  api::write_metrics(text, workers, control_plane_->known_names());
  control_plane_->write_metrics(text);
  write_process_metrics(text, with_lag, accept_failures, handshake_failures_, budget_, store_->condition(),
                        ledger_ ? ledger_->condition() : store::Condition());
  traces::write_metrics(text, exporter_.get(), spans_);
  write_log_metrics(text, log_, access_log_);
  write_build_metrics(text, created_);
}

void Gateway::publish(const registry::SnapshotPtr& snapshot) {
  operations_->use(snapshot);
  for (const auto& lane : lanes_) {
    lane->worker->post([this, forwarder = lane->forwarder.get(), snapshot] {
      control_worker_->post([freed_here = forwarder->use(snapshot)] {});
    });
  }
}

Result<void> Gateway::reload(const config::Settings& settings) {
  auto tls = net::make_tls_clients(settings.endpoints);
  if (!tls) return tls.error();
  settings_ = settings;
  budget_.set_limit(settings.limits.buffered);
  for (const auto& acceptor : listeners()) acceptor->allow(settings.limits.connections + most_turned_away);
  // The snapshot is posted to the workers before what follows it.
  run_on(*control_worker_, [&] { control_plane_->configure(settings, std::move(*tls)); });
  for (const auto& lane : lanes_) {
    run_on(*lane->worker, [&] {
      lane->limits = limits_of(settings);
      lane->most_connections = settings.limits.connections;
    });
  }
  publish_keys();
  return {};
}

void Gateway::reopen_logs() {
  log_.reopen();
  access_log_.reopen();
}

void Gateway::use(std::vector<store::KeptKey> keys) {
  kept_keys_ = std::move(keys);
  if (!running_) return;
  publish_keys();
  if (!kept_keys_.empty()) control_worker_->post([this] { store_->remember_keys(clock_.wall()); });
}

access::KeyRing Gateway::make_ring() {
  auto grants = grants_of(settings_.access, kept_keys_);
  grants.quotas = quotas_.of(grants.keys, clock_.wall(), [this](const std::string& key, WallTime since) {
    if (ledger_) return ledger_->tokens_of(key, since);
    log_.write(observe::Level::warning, "a budget begins anew: there is no ledger that says what was spent of it",
               {{"key", key}});
    return std::uint64_t{0};
  });
  return access::KeyRing(std::move(grants));
}

// Each worker has a copy of its own: were it shared, so would be the counting of its references.
void Gateway::publish_keys() {
  const auto made = make_ring();
  const auto copy = [&] { return std::make_shared<const access::KeyRing>(made); };
  run_on(*control_worker_, [&] { operations_->use(copy()); });
  for (const auto& lane : lanes_) run_on(*lane->worker, [&] { lane->router->use(copy()); });
}

void Gateway::use(api::KeyState state) {
  control_worker_->post([this, state = std::move(state)]() mutable { operations_->use(std::move(state)); });
}

void Gateway::use(api::ConfigurationState state) {
  control_worker_->post([this, state = std::move(state)]() mutable { operations_->use(std::move(state)); });
}

void Gateway::stop_being_ready() {
  run_on(*control_worker_, [this] { operations_->stop_being_ready(); });
}

void Gateway::drain() {
  for (const auto& acceptor : listeners()) acceptor->close();
  for (const auto& lane : lanes_) {
    run_on(*lane->worker, [&] {
      lane->router->close_connections();
      lane->websockets->drain();
    });
  }
}

std::size_t Gateway::connections() const {
  std::size_t count = 0;
  for (const auto& lane : lanes_) count += lane->worker->connections();
  return count;
}

bool Gateway::is_alive(Milliseconds within) const {
  const auto earliest = clock_.monotonic() - within;
  return control_pulse_.last() >= earliest &&
         std::all_of(lanes_.begin(), lanes_.end(), [&](const auto& lane) { return lane->pulse.last() >= earliest; });
}

std::span<const std::unique_ptr<net::Acceptor>> Gateway::listeners() const {
  return std::span(acceptors_).first(acceptors_.size() - 1);
}

void Gateway::stop() {
  if (!std::exchange(running_, false)) return;
  for (const auto& acceptor : acceptors_) acceptor->close();
  if (exporter_) exporter_->finish(last_words_of_traces);
  control_worker_->stop();
  control_plane_->release_waiting();
  for (const auto& lane : lanes_) {
    lane->worker->post([websockets = lane->websockets.get()] { websockets->drain(); });
    lane->worker->stop();
  }
  for (const auto& lane : lanes_) {
    lane->recorder.hand_over();
    lane->tracer.hand_over();
  }
  if (exporter_) exporter_->flush(last_words_of_traces);
  if (ledger_) ledger_->flush();
  store_->flush();
  log_.write(observe::Level::info, "stopped");
}

std::vector<std::string> Gateway::addresses() const {
  std::vector<std::string> result;
  for (const auto& acceptor : listeners()) result.push_back(acceptor->address());
  return result;
}

std::string Gateway::operations_address() const { return acceptors_.back()->address(); }

}  // namespace pointsman::daemon
