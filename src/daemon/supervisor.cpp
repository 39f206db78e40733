#include "pointsman/daemon/supervisor.hpp"

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>

#include "pointsman/config/refusal.hpp"

namespace pointsman::daemon {
namespace {

using Phase = Drain::Phase;

constexpr Milliseconds look_while_stopping{20};
constexpr Milliseconds between_requests_for_time{1'000};
constexpr Milliseconds requested_time{10'000};

sigset_t ours() {
  sigset_t signals{};
  sigemptyset(&signals);
  for (const int each : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals, each);
  return signals;
}

std::string joined(const std::vector<std::string>& names) {
  std::string result;
  for (const auto& name : names) result += (result.empty() ? "" : ", ") + name;
  return result;
}

}  // namespace

Signals::Signals() {
  // OpenSSL writes without MSG_NOSIGNAL; a client that has gone must not end the process.
  std::signal(SIGPIPE, SIG_IGN);
  // A database that may not grow any more (ulimit -f) is an error like a full disk.
  std::signal(SIGXFSZ, SIG_IGN);
  const auto signals = ours();
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  descriptor_ = ::signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
}

Signals::~Signals() { ::close(descriptor_); }

std::optional<int> Signals::next() const {
  signalfd_siginfo information{};
  if (::read(descriptor_, &information, sizeof information) != sizeof information) return std::nullopt;
  return static_cast<int>(information.ssi_signo);
}

Supervisor::Supervisor(Gateway& gateway, Signals& signals, const Configuration& configuration, FileWatch& file,
                       config::Settings settings, LifeSigns& life_signs, const Clock& clock, observe::Log& log)
    : gateway_(gateway),
      signals_(signals),
      configuration_(configuration),
      settings_(std::move(settings)),
      life_signs_(life_signs),
      clock_(clock),
      log_(log),
      file_(file) {
  state_.file = configuration.file();
  state_.loaded = clock.wall();
  gateway_.use(state_);
}

void Supervisor::run() {
  life_signs_.ready("serving");
  while (drain_.phase() != Phase::over) {
    wait(clock_.monotonic());
    const auto now = clock_.monotonic();
    take_signals(now);
    if (drain_.phase() == Phase::serving && file_.has_changed(now)) reload("the file has changed");
    go_on_stopping(now);
    keep_watchdog_quiet(now);
  }
  say_how_it_ended();
}

// Until something happens or is due.
void Supervisor::wait(MonotonicTime now) {
  auto until = MonotonicTime::max();
  if (drain_.phase() != Phase::serving) until = now + look_while_stopping;
  if (file_.due()) until = std::min(until, *file_.due());
  if (life_signs_.watchdog()) until = std::min(until, next_sign_of_life_);
  // Rounded up, or it would spin through the last millisecond.
  const auto left = std::clamp<std::int64_t>((until - now).count() + 1, 0, 60'000);
  std::array waited{pollfd{signals_.descriptor(), POLLIN, 0}, pollfd{file_.descriptor(), POLLIN, 0}};
  ::poll(waited.data(), waited.size(), static_cast<int>(left));
  if (waited[1].revents != 0) file_.take_news(clock_.monotonic());
}

void Supervisor::take_signals(MonotonicTime now) {
  while (const auto signal = signals_.next()) {
    if (*signal != SIGHUP) {
      drain_.signalled(settings_.shutdown, now);
      if (drain_.phase() != Phase::grace) continue;
      log_.write(observe::Level::info, "stopping; a second signal ends what is under way",
                 {{"connections", static_cast<std::int64_t>(gateway_.connections())}});
      life_signs_.stopping("stopping");
      gateway_.stop_being_ready();
    } else if (drain_.phase() != Phase::serving) {
      log_.write(observe::Level::warning, "SIGHUP changes nothing any more: the gateway stops");
    } else if (configuration_.file().empty()) {
      log_.write(observe::Level::warning,
                 "SIGHUP changes nothing: there is no file to read again; start it with --config FILE");
    } else {
      reload("SIGHUP");
    }
  }
}

void Supervisor::go_on_stopping(MonotonicTime now) {
  if (drain_.phase() == Phase::serving || drain_.phase() == Phase::over) return;
  const auto before = drain_.phase();
  const auto connections = gateway_.connections();
  if (drain_.look(now, connections) == Phase::draining && before != Phase::draining) gateway_.drain();
  if (now < next_request_for_time_) return;
  next_request_for_time_ = now + between_requests_for_time;
  life_signs_.needs(requested_time, "stopping; waiting for " + std::to_string(connections) + " connections");
}

void Supervisor::say_how_it_ended() {
  const auto connections = static_cast<std::int64_t>(gateway_.connections());
  if (connections == 0) return;
  log_.write(observe::Level::warning,
             drain_.end() == Drain::End::too_long ? "what is still under way is cut off: `shutdown.drain` is over"
                                                  : "what is still under way is cut off: a second signal came",
             {{"connections", connections}});
}

void Supervisor::keep_watchdog_quiet(MonotonicTime now) {
  const auto interval = life_signs_.watchdog();
  if (!interval || now < next_sign_of_life_) return;
  next_sign_of_life_ = now + *interval / 2;
  if (gateway_.is_alive(*interval / 2 + 2 * net::Worker::tick)) life_signs_.is_alive();
}

void Supervisor::reload(std::string_view why) {
  file_.look();
  life_signs_.reloading(clock_.monotonic());
  log_.write(observe::Level::info, "reading the configuration again", {{"file", state_.file}, {"because", why}});
  const bool applied = apply();
  ++(applied ? state_.applied : state_.refused);
  if (applied) {
    state_.loaded = clock_.wall();
    state_.problem.clear();
  }
  gateway_.use(state_);
  life_signs_.ready(applied ? "serving" : "serving; the configuration was not reloaded, the log says why");
}

bool Supervisor::apply() {
  auto reading = configuration_.read();
  if (!reading.ok()) return refuse(reading);
  const auto found = changes(settings_, reading.settings);
  auto next = applicable(settings_, std::move(reading.settings));
  // What was fine with other listeners may not be with those that there are.
  reading.refusal = config::refusal_to_start(next);
  if (!reading.ok()) return refuse(reading);
  if (const auto reloaded = gateway_.reload(next); !reloaded) {
    reading.refusal = reloaded.error().message;
    return refuse(reading);
  }
  settings_ = std::move(next);
  log_.set_level(observe::level_named(settings_.log.level));
  for (const auto& warning : reading.problems) {
    log_.write(observe::Level::warning, warning.message,
               {{"file", state_.file}, {"line", std::int64_t{warning.line}}, {"column", std::int64_t{warning.column}}});
  }
  say(found);
  return true;
}

// Each thing that is wrong is a line; there may be as many as the file has.
bool Supervisor::refuse(const Configuration::Reading& reading) {
  constexpr std::string_view words = "the configuration is wrong, and what held before still holds";
  constexpr std::size_t most_lines = 20;
  std::size_t lines = 0;
  state_.problem = reading.refusal;
  for (const auto& problem : reading.problems) {
    if (problem.severity == config::Problem::Severity::warning) continue;
    if (state_.problem.empty()) state_.problem = config::text(problem, state_.file);
    if (++lines > most_lines) break;
    log_.write(observe::Level::error, words,
               {{"file", state_.file},
                {"line", std::int64_t{problem.line}},
                {"column", std::int64_t{problem.column}},
                {"problem", problem.message}});
  }
  if (!reading.refusal.empty()) {
    log_.write(observe::Level::error, words, {{"file", state_.file}, {"problem", reading.refusal}});
  }
  return false;
}

void Supervisor::say(const Changes& changes) {
  if (changes.none()) {
    log_.write(observe::Level::info, "the configuration was read again; nothing that holds now has changed");
  } else {
    const std::string added = joined(changes.added);
    const std::string removed = joined(changes.removed);
    const std::string changed = joined(changes.changed);
    const std::string sections = joined(changes.sections);
    log_.write(observe::Level::info, "the configuration was reloaded",
               {{"endpoints_added", added},
                {"endpoints_removed", removed},
                {"endpoints_changed", changed},
                {"sections_changed", sections}});
  }
  if (changes.at_next_start.empty()) return;
  const std::string later = joined(changes.at_next_start);
  log_.write(observe::Level::warning, "a change of the file takes effect at the next start", {{"settings", later}});
}

}  // namespace pointsman::daemon
