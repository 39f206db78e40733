#include "pointsman/daemon/supervisor.hpp"

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <utility>

#include "pointsman/config/refusal.hpp"
#include "pointsman/daemon/grants.hpp"

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
                       KeyWatch& keys, Presence& presence, config::Settings settings, LifeSigns& life_signs,
                       const Clock& clock, observe::Log& log)
    : gateway_(gateway),
      signals_(signals),
      configuration_(configuration),
      settings_(std::move(settings)),
      life_signs_(life_signs),
      clock_(clock),
      log_(log),
      file_(file),
      keys_(keys),
      presence_(presence),
      told_keys_(keys.keys()) {
  state_.file = configuration.file();
  state_.loaded = clock.wall();
  gateway_.use(state_);
  tell_keys();
  presence_.tell_keys(fingerprint(keys.keys()));
  tell_of_others();
}

void Supervisor::run() {
  life_signs_.ready("serving");
  while (drain_.phase() != Phase::over) {
    wait(clock_.monotonic());
    const auto now = clock_.monotonic();
    take_signals(now);
    if (drain_.phase() == Phase::serving) {
      if (file_.has_changed(now)) {
        reload(file_.was_the_file() ? "the file has changed" : "a file that it names has changed");
      }
      if (keys_.look(now)) take_keys();
      heed_others(now);
    }
    go_on_stopping(now);
    keep_watchdog_quiet(now);
  }
  say_how_it_ended();
}

// Until something happens or is due.
void Supervisor::wait(MonotonicTime now) {
  auto until = MonotonicTime::max();
  if (drain_.phase() == Phase::serving) {
    if (file_.due()) until = std::min(until, *file_.due());
    if (keys_.due()) until = std::min(until, *keys_.due());
    if (presence_.due()) until = std::min(until, *presence_.due());
  } else {
    until = now + look_while_stopping;
  }
  if (life_signs_.watchdog()) until = std::min(until, next_sign_of_life_);
  // Rounded up, or it would spin through the last millisecond.
  const auto left = until <= now ? 0 : std::min<std::int64_t>((until - now).count() + 1, 60'000);
  std::array waited{pollfd{signals_.descriptor(), POLLIN, 0}, pollfd{file_.descriptor(), POLLIN, 0},
                    pollfd{keys_.descriptor(), POLLIN, 0}};
  ::poll(waited.data(), waited.size(), static_cast<int>(left));
  if (waited[1].revents != 0) file_.take_news(clock_.monotonic());
  if (waited[2].revents != 0) keys_.take_news(clock_.monotonic());
}

void Supervisor::take_signals(MonotonicTime now) {
  while (const auto signal = signals_.next()) {
    if (*signal == SIGHUP) gateway_.reopen_logs();
    if (*signal != SIGHUP) {
      drain_.signalled(settings_.shutdown, now);
      if (drain_.phase() != Phase::grace) continue;
      log_.write(observe::Level::info, "stopping; a second signal ends what is under way",
                 {{"connections", static_cast<std::int64_t>(gateway_.connections())}});
      life_signs_.stopping("stopping");
      gateway_.stop_being_ready();
      presence_.leave();
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
  const bool was_refused = !state_.problems.empty();
  const bool applied = apply();
  ++(applied ? state_.applied : state_.refused);
  if (applied) {
    state_.loaded = clock_.wall();
    state_.problems.clear();
  } else if (!was_refused) {
    state_.refused_since = clock_.wall();
  }
  gateway_.use(state_);
  life_signs_.ready(applied ? "serving" : "serving; the configuration was not reloaded, the log says why");
}

bool Supervisor::apply() {
  const bool has_kept_keys = !keys_.keys().empty();
  auto reading = configuration_.read(file_);
  if (reading.ok()) reading.refusal = config::refusal_to_start(reading.settings, has_kept_keys);
  if (!reading.ok()) return refuse(reading);
  const auto found = changes(settings_, reading.settings);
  auto next = applicable(settings_, std::move(reading.settings));
  // What was fine with other listeners may not be with those that there are.
  reading.refusal = config::refusal_to_start(next, has_kept_keys);
  if (!reading.ok()) return refuse(reading);
  if (const auto reloaded = gateway_.reload(next); !reloaded) {
    reading.refusal = reloaded.error().message;
    return refuse(reading);
  }
  settings_ = std::move(next);
  state_.needs_restart = found.at_next_start;
  tell_keys();
  log_.set_level(observe::level_named(settings_.log.level));
  for (const auto& warning : reading.problems) {
    write(observe::Level::warning, "the configuration may not be what was meant", warning);
  }
  say(found);
  return true;
}

// Each thing that is wrong is a line; there may be as many as the file has.
bool Supervisor::refuse(const Configuration::Reading& reading) {
  constexpr std::string_view words = "the configuration is wrong, and what held before still holds";
  constexpr std::size_t most_lines = 20;
  if (reading.is_missing) {
    state_.problems = {state_.file + ": the file is missing"};
    log_.write(observe::Level::error, "the file is missing, and what held before still holds; put it back",
               {{"file", state_.file}});
    return false;
  }
  std::size_t lines = 0;
  state_.problems.clear();
  if (!reading.refusal.empty()) state_.problems.push_back(reading.refusal);
  for (const auto& problem : reading.problems) {
    if (problem.severity == config::Problem::Severity::warning) continue;
    if (++lines > most_lines) break;
    state_.problems.push_back(config::text(problem, state_.file));
    write(observe::Level::error, words, problem);
  }
  if (!reading.refusal.empty()) {
    log_.write(observe::Level::error, words, {{"file", state_.file}, {"problem", reading.refusal}});
  }
  return false;
}

// A problem of the file as a whole has no place.
void Supervisor::write(observe::Level level, std::string_view words, const config::Problem& problem) {
  if (problem.line == 0) {
    log_.write(level, words, {{"file", state_.file}, {"problem", problem.message}});
  } else {
    log_.write(level, words,
               {{"file", state_.file},
                {"line", std::int64_t{problem.line}},
                {"column", std::int64_t{problem.column}},
                {"problem", problem.message}});
  }
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

// The database of keys is another one, or cannot be read any more.
void Supervisor::take_keys() {
  if (!keys_.problem().empty()) {
    log_.write(observe::Level::error, "the database of keys cannot be read, and the keys that it had before still hold",
               {{"keys", keys_.path()}, {"cause", keys_.problem()}});
  } else {
    gateway_.use(keys_.keys());
    presence_.tell_keys(fingerprint(keys_.keys()));
    say(key_changes(std::exchange(told_keys_, keys_.keys()), keys_.keys()));
  }
  tell_keys();
}

void Supervisor::say(const KeyChanges& changes) {
  if (changes.none()) {
    log_.write(observe::Level::info, "the database of keys can be read again; no key has changed",
               {{"keys", keys_.path()}});
  } else {
    const std::string added = joined(changes.added);
    const std::string revoked = joined(changes.revoked);
    const std::string rotated = joined(changes.rotated);
    const std::string changed = joined(changes.changed);
    const std::string removed = joined(changes.removed);
    log_.write(observe::Level::info, "the keys have changed",
               {{"keys", keys_.path()},
                {"added", added},
                {"revoked", revoked},
                {"rotated", rotated},
                {"changed", changed},
                {"removed", removed}});
  }
}

void Supervisor::heed_others(MonotonicTime now) {
  const bool was_hidden = !presence_.problem().empty();
  if (!presence_.look(now)) return;
  tell_of_others();
  if (presence_.other() || !presence_.problem().empty()) return;
  log_.write(observe::Level::info,
             was_hidden ? "others see again that this gateway uses the database"
                        : "no other gateway uses the database any more",
             {{"store", settings_.store_path}});
}

void Supervisor::tell_of_others() {
  if (!presence_.problem().empty()) {
    log_.write(observe::Level::warning,
               "others cannot see that this gateway uses the database: `pointsman keys` with --wait does not find it, "
               "and a second gateway does not warn; let the file be made and written",
               {{"store", settings_.store_path}, {"cause", presence_.problem()}});
  } else if (const auto& other = presence_.other()) {
    log_.write(
        observe::Level::warning,
        "another gateway uses the same database: limits of keys hold for each by itself, and what one learns the "
        "other does not know; unless one takes over from the other, give each a `store.path` of its own",
        {{"store", settings_.store_path}, {"pid", std::int64_t{other->process}}});
  }
}

void Supervisor::tell_keys() {
  const auto& kept = keys_.keys();
  gateway_.use(api::KeyState{settings_.access.keys.size(), store::count_unrevoked(kept), keys_.problem()});
  if (const auto hidden = hidden_by(settings_.access, kept); !hidden.empty()) {
    const std::string names = joined(hidden);
    log_.write(observe::Level::warning, "the file has keys of these names, and those of the database do not count",
               {{"names", names}});
  }
  if (settings_.access.open && !kept.empty()) {
    log_.write(observe::Level::warning, "the file says `access: open`, but there are keys, so everybody needs one");
  }
}

}  // namespace pointsman::daemon
