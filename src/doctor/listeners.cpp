#include "pointsman/doctor/listeners.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "pointsman/api/answers.hpp"
#include "pointsman/config/refusal.hpp"
#include "pointsman/net/acceptor.hpp"
#include "pointsman/probe/listener_target.hpp"

namespace pointsman::doctor {
namespace {

constexpr const char* subject = "listeners";
constexpr const char* the_gateway = "the running gateway";
constexpr std::chrono::seconds patience{3};

// Of what cannot be listened on.
std::string advice(int error, const config::Address& address) {
  const bool is_socket_file = !address.unix_path.empty();
  switch (error) {
    case EACCES:
    case EPERM:
      if (is_socket_file) return "let the user that runs pointsman write the directory of the socket, or name another";
      return "ports below 1024 need CAP_NET_BIND_SERVICE (AmbientCapabilities= of the service); or choose another port";
    case EADDRNOTAVAIL: return "this machine has no such address; `ip address` shows those that it has";
    case ENOENT: return "make the directory of the socket, or name another";
    case EEXIST: return "this is no socket, and pointsman does not remove it: move it away, or name another path";
    default: return "choose another address";
  }
}

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }

 private:
  int number_;
};

// 0 if the address is free. The socket is bound as the gateway binds its own, and gone when this returns.
int try_port(const config::Address& address) {
  const auto endpoint = net::peer_address(address);
  const Descriptor socket(::socket(endpoint.protocol().family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (socket.number() < 0) return errno;
  const int on = 1;
  ::setsockopt(socket.number(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  return ::bind(socket.number(), endpoint.data(), static_cast<socklen_t>(endpoint.size())) == 0 ? 0 : errno;
}

// The same without making the file. What a dead process left behind is in nobody's way.
int try_socket_file(const config::Address& address) {
  struct stat status{};
  if (::lstat(address.unix_path.c_str(), &status) != 0) {
    const auto directory = std::filesystem::path(address.unix_path).parent_path();
    return ::access(directory.empty() ? "." : directory.c_str(), W_OK | X_OK) == 0 ? 0 : errno;
  }
  if (!S_ISSOCK(status.st_mode)) return EEXIST;
  const auto endpoint = net::peer_address(address);
  const Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int connected = ::connect(socket.number(), endpoint.data(), static_cast<socklen_t>(endpoint.size()));
  return connected != 0 && errno == ECONNREFUSED ? 0 : EADDRINUSE;
}

net::Task<probe::Observation> ask(config::Listener listener, std::string path) {
  auto target = probe::listener_target(listener, Secret(), patience);
  if (!target) {
    probe::Observation unasked;
    unasked.failure = probe::Failure::stopped;
    unasked.trouble = target.error().message;
    co_return unasked;
  }
  probe::Client client(std::move(*target));
  co_return co_await client.ask(probe::get(std::move(path)), std::chrono::steady_clock::now() + patience);
}

net::Task<Occupancy> occupancy(config::Listener listener) {
  Occupancy found;
  const auto& address = listener.address;
  found.error = address.unix_path.empty() ? try_port(address) : try_socket_file(address);
  if (found.error == 0) co_return found;
  if (found.error != EADDRINUSE) {
    found.by = Occupancy::By::nothing;
    co_return found;
  }
  const auto seen = co_await ask(listener, "/healthz");
  const bool is_alive = seen.status == 200 && seen.body == api::alive_body;
  found.by = is_alive ? Occupancy::By::pointsman : Occupancy::By::another;
  if (seen.answered()) {
    found.trouble = "GET /healthz is answered with HTTP " + std::to_string(seen.status);
  } else {
    found.trouble = seen.is_late() ? "GET /healthz is not answered" : seen.trouble;
  }
  co_return found;
}

using Json = nlohmann::json;

// "" if the object does not say it.
std::string word(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

Diagnosis about_certificates(const Json& failures) {
  Diagnosis diagnosis;
  for (const auto& each : failures) {
    if (!each.is_object()) continue;
    diagnosis.push_back({Severity::error, the_gateway, word(each, "certificate"),
                         "cannot be taken at " + word(each, "listener") +
                             ", where the certificate of before is still shown: " + word(each, "problem"),
                         "mend it, or its key " + word(each, "key") + "; they are taken within ten seconds"});
  }
  return diagnosis;
}

bool has_keys(const config::Settings& settings, bool has_kept_keys) {
  return has_kept_keys || !settings.access.keys.empty();
}

Diagnosis exposure_of(const config::Listener& listener, const std::string& setting, const std::string& file,
                      bool is_open) {
  if (listener.address.is_loopback()) return {};
  Diagnosis diagnosis;
  const auto where = listener.address.text();
  const bool is_operations = setting == "operations";
  if (is_open) {
    diagnosis.push_back(
        {Severity::warning, subject, where,
         is_operations ? "everybody who reaches it sees the metrics, the endpoints and their addresses"
                       : "everybody who reaches it may use every model",
         is_operations ? "let `operations` be an address of loopback, or give clients keys"
                       : "make keys: `pointsman keys create --config " + file + " --name NAME` (docs/access.md)"});
  }
  if (!listener.tls) {
    diagnosis.push_back(
        {Severity::warning, subject, where,
         is_operations ? "what it says, and keys, go over the network in clear text"
                       : "keys and prompts go over the network in clear text",
         "name a certificate as `" + setting +
             ": {address: ..., tls: {certificate: ..., key: ...}}`, or listen on loopback behind a proxy that speaks "
             "TLS"});
  }
  return diagnosis;
}

}  // namespace

Finding judge_listener(const config::Address& address, const std::string& setting, const Occupancy& occupancy) {
  const auto where = address.text();
  const std::string in_file = " (`" + setting + "`)";
  switch (occupancy.by) {
    case Occupancy::By::nobody: return {Severity::ok, subject, where, "is free" + in_file};
    case Occupancy::By::pointsman: return {Severity::ok, subject, where, "a pointsman answers there" + in_file};
    case Occupancy::By::another:
      return {Severity::error, subject, where,
              "somebody listens there who does not answer as a pointsman does" + in_file + ": " + occupancy.trouble,
              "end that process (`ss -ltnp` shows it), or choose another address"};
    case Occupancy::By::nothing: break;
  }
  return {Severity::error, subject, where, "cannot be listened on" + in_file + ": " + std::strerror(occupancy.error),
          advice(occupancy.error, address)};
}

Diagnosis judge_exposure(const config::Settings& settings, const std::string& file, bool has_kept_keys) {
  Diagnosis diagnosis;
  if (!config::refusal_to_start(settings, has_kept_keys).empty()) {
    diagnosis.push_back({Severity::error, subject, "",
                         "a listener can be reached from other machines, but there are no keys: pointsman does not "
                         "start like this",
                         "make a key: `pointsman keys create --config " + file +
                             " --name NAME`; or, if everybody who can reach it may use it, write `access: open`"});
  }
  const bool is_open = settings.access.open && !has_keys(settings, has_kept_keys);
  const auto add = [&](const config::Listener& listener, const std::string& setting) {
    for (auto& each : exposure_of(listener, setting, file, is_open)) diagnosis.push_back(std::move(each));
  };
  for (const auto& listener : settings.listen) add(listener, "listen");
  add(settings.operations, "operations");
  return diagnosis;
}

Diagnosis judge_running(const std::string& readiness, const std::string& file) {
  const auto answer = Json::parse(readiness, nullptr, false);
  if (!answer.is_object() || !answer.contains("configuration") || !answer["configuration"].is_object()) return {};
  const auto& configuration = answer["configuration"];
  std::error_code unknown;
  const auto running = word(configuration, "file");
  if (running.empty() || (running != file && !std::filesystem::equivalent(running, file, unknown))) {
    return {{Severity::note, the_gateway, "", "runs with " + (running.empty() ? "no file" : "another file: " + running),
             "look at that one, or end it"}};
  }
  Diagnosis diagnosis;
  if (word(configuration, "last_reload") == "refused") {
    diagnosis.push_back({Severity::error, the_gateway, file,
                         "it refused the file when it read it again, and goes on with what was there before: " +
                             word(configuration, "problem"),
                         "mend the file; it is read as soon as it changes"});
  }
  if (configuration.contains("needs_restart") && configuration["needs_restart"].is_array()) {
    std::string parts;
    for (const auto& each : configuration["needs_restart"]) {
      if (each.is_string()) parts += (parts.empty() ? "" : ", ") + each.get<std::string>();
    }
    if (!parts.empty()) {
      diagnosis.push_back(
          {Severity::warning, the_gateway, file, "has not taken over what changed of " + parts, "start it again"});
    }
  }
  if (answer.contains("certificate_failures")) {
    for (auto& each : about_certificates(answer["certificate_failures"])) diagnosis.push_back(std::move(each));
  }
  if (diagnosis.empty()) diagnosis.push_back({Severity::ok, the_gateway, file, "runs with this file"});
  return diagnosis;
}

net::Task<Listening> examine_listeners(config::Settings settings, std::string file) {
  Listening result;
  for (const auto& listener : settings.listen) {
    const auto found = co_await occupancy(listener);
    result.runs = result.runs || found.by == Occupancy::By::pointsman;
    result.diagnosis.push_back(judge_listener(listener.address, "listen", found));
  }
  const auto found = co_await occupancy(settings.operations);
  result.diagnosis.push_back(judge_listener(settings.operations.address, "operations", found));
  if (found.by == Occupancy::By::pointsman) {
    result.runs = true;
    const auto seen = co_await ask(settings.operations, "/readyz?verbose=true");
    for (auto& each : judge_running(seen.body, file)) result.diagnosis.push_back(std::move(each));
  } else if (result.runs) {
    result.diagnosis.push_back(
        {Severity::note, the_gateway, file,
         "a pointsman answers at `listen`, but none at `operations`: it was started with another "
         "file, or what changed waits for a restart",
         "start it again with this file"});
  }
  co_return result;
}

}  // namespace pointsman::doctor
