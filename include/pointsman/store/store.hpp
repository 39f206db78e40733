#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "pointsman/base/clock.hpp"
#include "pointsman/base/error.hpp"
#include "pointsman/config/settings.hpp"
#include "pointsman/ownership/archive.hpp"
#include "pointsman/registry/health_change.hpp"
#include "pointsman/registry/learned.hpp"
#include "pointsman/store/opening.hpp"
#include "pointsman/store/writer.hpp"

namespace pointsman::store {

// How long the history of the endpoints' health is kept.
inline constexpr std::chrono::days history_lasts{30};

// What is kept between runs, in SQLite. open() reads and migrates on the caller's thread; after that one writer thread
// of its own owns the connection, and every change is posted to it through a bounded queue, one transaction for each
// batch it drains. A full queue drops and counts; it never blocks. What the database does not take now is tried again
// (Writer). All methods are safe from one thread at a time; the destructor writes what is queued.
class Store {
 public:
  // ":memory:" keeps nothing. Opens it as open_kept() does; where the machine fails us nothing is kept until the next
  // start: see opening().
  static Result<std::unique_ptr<Store>> open(const std::string& path, const Clock& clock);
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  // What earlier runs learned, by the endpoint's name, of the endpoints in `endpoints` whose URL is still the same.
  // Waits for the writer: for the start, before the first write. What cannot be read is left out; see condition().
  std::map<std::string, registry::Learned> learned(const std::vector<config::Endpoint>& endpoints);

  // Makes the table of endpoints equal to the configuration: new ones are added, those gone are removed with all that
  // was learned of them; one whose URL changed forgets what was learned. No key is ever stored.
  void sync(const std::vector<config::Endpoint>& endpoints);

  // Replaces what is known of one endpoint of the last sync(); ignored for any other.
  void save(const std::string& endpoint, const registry::Learned& learned);

  // Adds a line to the history of one endpoint of the last sync(); ignored for any other.
  void add(const std::string& endpoint, const registry::HealthChange& change);

  // The last changes of an endpoint's health, the newest first. Waits for the writer, as learned() does.
  std::vector<registry::HealthChange> health_changes(const std::string& endpoint, std::size_t count) const;

  // Which endpoint keeps what. find_owner() calls `done` once, on the writer's thread, after what was kept before it;
  // at once with nothing if the writer has too much to do.
  void keep_owner(const std::string& id, const ownership::Owner& owner, WallTime now);
  void find_owner(const std::string& id, ownership::Archive::Done done);

  // That there are keys, which are kept elsewhere, so that a gateway that finds none is not taken for one that never
  // had any. had_keys() waits for the writer, as learned() does; true if it cannot be known.
  void remember_keys(WallTime now);
  void forget_keys();
  bool had_keys() const;

  // Forgets what is too old to be of use: for the start and then once a day.
  void prune(WallTime now);

  // Returns when everything queued before has been written. For tests and for the end.
  void flush();

  Condition condition() const;  // safe from any thread

  // What open() had to do.
  const Opening& opening() const { return opening_; }

 private:
  Store(std::unique_ptr<Writer> writer, Opening opening);

  std::unique_ptr<Writer> writer_;
  Opening opening_;
  std::map<std::string, std::string> urls_;  // of the last sync(), by name
};

}  // namespace pointsman::store
