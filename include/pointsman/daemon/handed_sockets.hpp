#pragma once

#include <optional>
#include <string>
#include <vector>

#include "pointsman/base/error.hpp"
#include "pointsman/config/settings.hpp"

namespace pointsman::daemon {

// Sockets that listen already when we are started, and go on listening when we end (socket activation,
// sd_listen_fds(3)): what connects meanwhile waits in their queues. Each takes the place of one that we would open. The
// descriptors belong to whoever listens on them.
class HandedSockets {
 public:
  // Of what the environment says, which is taken out of it: before any thread is started. Errors say what to do.
  static Result<HandedSockets> take();

  HandedSockets() = default;

  // A socket that is named `main` or `operations` says where that listener is, whatever the file says; every other has
  // to be where the settings want a listener. Errors say what to do.
  Result<void> place(config::Settings& settings) const;

  // The socket at this address; nothing: there is none, open one.
  std::optional<int> find(const config::Address& address) const;

 private:
  struct Socket {
    int descriptor;
    std::string name;
    config::Address address;
  };
  static Result<Socket> inspect(int descriptor, std::string name);

  std::vector<Socket> sockets_;
};

}  // namespace pointsman::daemon
