#include "pointsman/daemon/handed_sockets.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "pointsman/net/dialer.hpp"

namespace pointsman::daemon {
namespace {

constexpr int first_descriptor = 3;
constexpr int most_sockets = 64;

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

Error wrong(std::string message) { return {ErrorCode::invalid_input, Origin::ourselves, false, std::move(message)}; }

std::vector<std::string> split(const std::string& names) {
  std::vector<std::string> result;
  for (std::size_t begin = 0; begin <= names.size();) {
    const auto end = std::min(names.find(':', begin), names.size());
    result.push_back(names.substr(begin, end - begin));
    begin = end + 1;
  }
  return result;
}

bool option_is(int descriptor, int option, int expected) {
  int value = 0;
  socklen_t size = sizeof value;
  return ::getsockopt(descriptor, SOL_SOCKET, option, &value, &size) == 0 && value == expected;
}

}  // namespace

Result<HandedSockets> HandedSockets::take() {
  const std::string process = variable("LISTEN_PID");
  const std::string count_text = variable("LISTEN_FDS");
  const std::string names_text = variable("LISTEN_FDNAMES");
  for (const char* name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}) ::unsetenv(name);
  HandedSockets handed;
  if (process != std::to_string(::getpid())) return handed;

  const int count = std::atoi(count_text.c_str());
  if (count < 0 || count > most_sockets) {
    return wrong("LISTEN_FDS says that " + std::to_string(count) + " sockets are handed in; hand in one for each " +
                 "listener, " + std::to_string(most_sockets) + " at most");
  }
  auto names = split(names_text);
  names.resize(static_cast<std::size_t>(count));
  for (int number = 0; number < count; ++number) {
    auto socket = inspect(first_descriptor + number, std::move(names[static_cast<std::size_t>(number)]));
    if (!socket) return socket.error();
    handed.sockets_.push_back(std::move(*socket));
  }
  return handed;
}

Result<HandedSockets::Socket> HandedSockets::inspect(int descriptor, std::string name) {
  const auto which = "descriptor " + std::to_string(descriptor) + (name.empty() ? "" : " ('" + name + "')");
  ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
  net::PeerAddress address;
  socklen_t size = static_cast<socklen_t>(address.capacity());
  const bool listens = option_is(descriptor, SO_TYPE, SOCK_STREAM) && option_is(descriptor, SO_ACCEPTCONN, 1) &&
                       ::getsockname(descriptor, reinterpret_cast<sockaddr*>(address.data()), &size) == 0;
  if (!listens) return wrong(which + " was handed in, but is no stream socket that listens; use ListenStream=");
  address.resize(size);
  auto parsed = config::parse_address(net::text(address));
  if (!parsed) {
    return wrong(which + " was handed in, but has no address that a listener may have: " + parsed.error().message);
  }
  return Socket{descriptor, std::move(name), std::move(*parsed)};
}

Result<void> HandedSockets::place(config::Settings& settings) const {
  const auto is_handed = [&](const config::Listener& listener) { return find(listener.address).has_value(); };
  for (const auto& socket : sockets_) {
    const auto is_there = [&](const config::Listener& listener) { return listener.address == socket.address; };
    if (is_there(settings.operations) || std::any_of(settings.listen.begin(), settings.listen.end(), is_there))
      continue;
    config::Listener* listener = nullptr;
    if (socket.name == "operations") {
      listener = &settings.operations;
    } else if (socket.name == "main") {
      const auto found = std::find_if_not(settings.listen.begin(), settings.listen.end(), is_handed);
      if (found != settings.listen.end()) listener = &*found;
    }
    if (listener == nullptr) {
      return wrong("a socket at " + socket.address.text() +
                   " was handed in, but no listener is to be there: write that "
                   "address under `listen` or `operations`, or name the socket 'main' or 'operations' "
                   "(FileDescriptorName=)");
    }
    listener->address = socket.address;
  }
  return {};
}

std::optional<int> HandedSockets::find(const config::Address& address) const {
  for (const auto& socket : sockets_) {
    if (socket.address == address) return socket.descriptor;
  }
  return std::nullopt;
}

}  // namespace pointsman::daemon
