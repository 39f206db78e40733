#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <queue>
#include <string>
#include <vector>

#include "request_reader.hpp"
#include "wire/event.hpp"
#include "wire/readiness.hpp"
#include "wire/socket.hpp"

namespace pointsman::bench {

// An inference server that thinks of nothing: every answer is there at once, in bytes made beforehand. One thread.
class Upstream {
 public:
  explicit Upstream(std::uint16_t port);

  std::uint16_t port() const { return listener_.port(); }
  [[noreturn]] void run();

 private:
  struct Client {
    Socket socket;
    std::uint64_t serial;
    RequestReader reader{};
    std::string unsent{};
    bool rapid = false;
    std::uint32_t events = 0;  // how many it was sent
  };
  // When a paced stream has its next event. A client that has left is known by its serial number.
  struct Due {
    std::int64_t at;
    int descriptor;
    std::uint64_t serial;
    auto operator<=>(const Due&) const = default;
  };

  void accept();
  void read(Client& client);
  void answer(Client& client, Asked asked);
  void begin_pacing(Client& client);
  void send_due();
  void send_events(Client& client, ChunkedEvents& events);
  void send(Client& client, std::string_view bytes);
  void flush(Client& client);
  void watch(Client& client);
  void drop(Client& client);

  Readiness readiness_;
  Socket listener_;
  std::vector<std::unique_ptr<Client>> clients_;  // by descriptor
  std::uint64_t last_serial_ = 0;
  std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
  std::vector<char> input_;
  ChunkedEvents one_event_;
  ChunkedEvents rapid_events_;
  const std::string whole_answer_;
  const std::string model_list_;
  const std::string long_model_list_;
};

}  // namespace pointsman::bench
