#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "pointsman/http/connection.hpp"
#include "pointsman/net/deadline.hpp"
#include "pointsman/net/event.hpp"
#include "pointsman/observe/histogram.hpp"
#include "pointsman/routing/place.hpp"
#include "pointsman/routing/queue.hpp"

namespace pointsman::proxy {

// What one worker counts of the requests that waited. Written by its worker, read by any.
struct QueueCounts {
  observe::Counter entered;
  observe::Counter left;
  observe::Histogram waited;
  observe::Counter refused_full;
  observe::Counter refused_too_long;
};

// How many requests wait for a model.
struct QueueLength {
  std::string model;
  std::size_t waiting = 0;
};

// Where the requests of all workers wait for places at endpoints, a queue for each model (routing/queue.hpp). Whoever
// gives a place back calls the one whose turn it is, on that one's worker. While nobody waits, it costs a look at one
// number; its mutex is only taken while somebody does.
//
// One for the process, which outlives the workers; safe from any thread.
class WaitingRoom final : public routing::Vacancies {
 public:
  // Whether somebody waits in this line of this model already: who comes now must not overtake.
  bool has(std::string_view model, std::string_view line);

  void freed(const registry::EndpointLoad& endpoint) override;
  // Endpoints came up, or may have more requests than before.
  void look_again();

  // Of the models for which somebody waits.
  std::vector<QueueLength> lengths();

  // How long it may take until as many have had their turn as wait now.
  std::chrono::seconds patience_needed(std::string_view model, MonotonicTime now);

 private:
  friend class Waiting;
  using Queues = std::map<std::string, routing::Queue, std::less<>>;

  static void ring(routing::Queue::Waiter* called);

  std::mutex mutex_;
  Queues queues_;  // of the models for which somebody waits
};

// One request in the waiting room, from enter() to its destruction. Lives on its client's worker, which must run.
class Waiting final : private routing::Queue::Waiter, private net::Deadline, private http::LeaveListener {
 public:
  enum class News : std::uint8_t {
    called,    // it is its turn to look for a place: looks_at(), and then found_none() or take_leave()
    too_long,  // the time is over, or the gateway stops
    client_left,
  };

  Waiting(WaitingRoom& room, http::Connection& client, QueueCounts& counts);
  ~Waiting();

  // False: `most` wait for the model already.
  bool enter(std::string_view model, const routing::Queue::Entry& entry, std::size_t most, MonotonicTime until);
  net::Task<News> news();

  void looks_at(routing::Queue::Endpoints endpoints);
  void found_none();
  void take_leave(bool with_place);

  Milliseconds so_far() const;

 private:
  friend class WaitingRoom;
  // What is left of it for a call that comes when it has gone.
  struct Bell {
    net::Event event;
    bool called = false;
  };

  void expired() override;
  void client_left() override;

  WaitingRoom& room_;
  http::Connection& client_;
  net::Worker& worker_;
  QueueCounts& counts_;
  const MonotonicTime began_;
  const std::shared_ptr<Bell> bell_ = std::make_shared<Bell>();
  WaitingRoom::Queues::iterator queue_;
  bool is_inside_ = false;
  bool is_too_long_ = false;
  bool has_left_ = false;
};

}  // namespace pointsman::proxy
