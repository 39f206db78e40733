#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pointsman/base/clock.hpp"
#include "pointsman/registry/snapshot.hpp"

namespace pointsman::routing {

// The requests for one model that wait for a place at an endpoint, and whose turn it is: the lowest priority first,
// then one key after the other, and those of one key as they came. It does not know which places there are: it calls
// whoever is next, who looks for one and says how that went. Those that may go to the same endpoints stand in one line;
// of each line one is called at a time.
//
// Nobody is forgotten: what becomes free while the one who was called looks around is remembered, and who leaves with a
// place or without passes the call on. What calls somebody returns whom: nullptr is nobody.
//
// No I/O, no clock of its own; not safe from several threads.
class Queue {
  struct Group;
  struct Line;
  using Lines = std::map<std::string, Line, std::less<>>;
  using Groups = std::list<Group>;

 public:
  class Waiter;
  using Endpoints = std::vector<const registry::EndpointLoad*>;

  struct Entry {
    std::string_view line;
    std::string_view key;
    std::uint32_t priority = 0;  // lower first
  };

  // The first of a line is called at once.
  Waiter* enter(Waiter& waiter, const Entry& entry, MonotonicTime now);
  // Before the one who was called looks for a place: these are the endpoints where one may become free for its line.
  void looks_at(const Waiter& waiter, Endpoints endpoints);
  // The one who was called found no place.
  Waiter* found_none(const Waiter& waiter);
  // With a place, or without: it was too long or the client has gone.
  Waiter* leave(const Waiter& waiter, bool with_place, MonotonicTime now);

  // A place at this endpoint is free.
  std::vector<Waiter*> freed(const registry::EndpointLoad& endpoint);
  // Places may be free anywhere.
  std::vector<Waiter*> look_again();

  bool has(std::string_view line) const { return lines_.find(line) != lines_.end(); }
  std::size_t size() const { return size_; }

  // When as many have had their turn as wait now, going by how fast that went lately; from 1 second to 60.
  std::chrono::seconds patience_needed(MonotonicTime now) const;

 private:
  struct Group {  // of one key
    std::string key;
    std::list<Waiter*> waiters;
  };
  struct Line {
    std::map<std::uint32_t, Groups> by_priority;
    Waiter* called = nullptr;
    bool call_again = false;
    Endpoints endpoints;
  };

  static Waiter* call(Line& line);

  Lines lines_;
  std::size_t size_ = 0;
  MonotonicTime last_{};            // when the last one got a place, or the first one came
  std::optional<double> pause_ms_;  // between two who get a place, on average
};

// A request that waits. Whoever owns it keeps it where it is from enter() to leave().
class Queue::Waiter {
 public:
  Waiter() = default;
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;

 protected:
  ~Waiter() = default;

 private:
  friend class Queue;
  Lines::iterator line_;
  std::uint32_t priority_ = 0;
  Groups::iterator group_;
  std::list<Waiter*>::iterator position_;
};

}  // namespace pointsman::routing
