#pragma once

#include <boost/intrusive/list.hpp>

#include "pointsman/base/clock.hpp"

namespace pointsman::net {

// Something that must not last for ever: a time by which it has to be done, and what happens if it is not. Setting it
// is one store; a worker's coarse tick looks at all of them (see Deadlines). Lives on one worker.
class Deadline : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  Deadline() = default;
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;
  virtual ~Deadline() = default;

  void expire_at(MonotonicTime at) { at_ = at; }
  void never_expire() { at_ = MonotonicTime::max(); }
  MonotonicTime at() const { return at_; }

 protected:
  // The time has passed. May destroy this and any other deadline, and may set new ones.
  virtual void expired() = 0;

 private:
  friend class Deadlines;
  MonotonicTime at_ = MonotonicTime::max();
};

// All deadlines of one worker. A timer for each operation costs a fifth of the throughput (facts: Asio), so there is
// none: whoever owns this calls sweep() every tick, and a deadline is late by a tick at most.
class Deadlines {
 public:
  void add(Deadline& deadline) { all_.push_back(deadline); }

  // Calls expired() once for each deadline whose time has come.
  void sweep(MonotonicTime now);

  // Calls expired() for every one, whatever its time: the worker stops.
  void expire_all();

  bool empty() const { return all_.empty(); }

 private:
  using List = boost::intrusive::list<Deadline, boost::intrusive::constant_time_size<false>>;
  void expire(List& due);
  List all_;
};

}  // namespace pointsman::net
