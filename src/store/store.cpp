#include "pointsman/store/store.hpp"

#include <utility>

#include "pointsman/store/capabilities_table.hpp"
#include "pointsman/store/endpoints_table.hpp"
#include "pointsman/store/health_changes_table.hpp"
#include "pointsman/store/keys_seen_table.hpp"
#include "pointsman/store/models_table.hpp"
#include "pointsman/store/owners_table.hpp"

namespace pointsman::store {
namespace {

std::optional<registry::Learned> find(SQLite::Database& database, const std::string& name, const std::string& url) {
  auto learned = EndpointsTable(database).find(name, url);
  if (!learned) return std::nullopt;
  learned->models = ModelsTable(database).of(name);
  CapabilitiesTable(database).fill_in(name, *learned);
  return learned;
}

// Tells one who asked, exactly once: if nothing was found by the end of its life, that.
class Reply {
 public:
  explicit Reply(ownership::Archive::Done done) : done_(std::move(done)) {}
  ~Reply() { done_(std::move(found)); }
  Reply(const Reply&) = delete;
  Reply& operator=(const Reply&) = delete;

  std::optional<ownership::Owner> found;

 private:
  ownership::Archive::Done done_;
};

// Most probes find what the one before found: then only the state of the endpoint is written, not a row for each model
// and API.
void put(SQLite::Database& database, const std::string& name, const std::string& url,
         const registry::Learned& learned) {
  const auto before = find(database, name, url);
  EndpointsTable(database).put(name, url, learned);
  if (before && same_knowledge(before->models, learned.models) && same_knowledge(before->routes, learned.routes))
    return;
  ModelsTable(database).replace(name, learned.models);
  CapabilitiesTable(database).replace(name, learned);
}

}  // namespace

Result<std::unique_ptr<Store>> Store::open(const std::string& path, const Clock& clock) {
  auto opened = open_kept(path, migrations(), clock.wall(), Holds::learned);
  if (!opened) return opened.error();
  auto writer = std::make_unique<Writer>(std::move(opened->database));
  return std::unique_ptr<Store>(new Store(std::move(writer), std::move(opened->opening)));
}

Store::Store(std::unique_ptr<Writer> writer, Opening opening)
    : writer_(std::move(writer)), opening_(std::move(opening)) {}

Store::~Store() = default;

std::map<std::string, registry::Learned> Store::learned(const std::vector<config::Endpoint>& endpoints) {
  std::map<std::string, registry::Learned> result;
  writer_->read([&](SQLite::Database& database) {
    for (const auto& endpoint : endpoints) {
      auto learned = find(database, endpoint.name, endpoint.url.text());
      if (learned && *learned != registry::Learned()) result.emplace(endpoint.name, std::move(*learned));
    }
  });
  return result;
}

void Store::sync(const std::vector<config::Endpoint>& endpoints) {
  urls_.clear();
  for (const auto& endpoint : endpoints) urls_.emplace(endpoint.name, endpoint.url.text());
  writer_->post([urls = urls_](SQLite::Database& database) {
    EndpointsTable table(database);
    for (const auto& [name, url] : table.urls()) {
      const auto configured = urls.find(name);
      if (configured == urls.end() || configured->second != url) table.remove(name);
    }
    for (const auto& [name, url] : urls) table.add(name, url);
  });
}

void Store::save(const std::string& endpoint, const registry::Learned& learned) {
  const auto found = urls_.find(endpoint);
  if (found == urls_.end()) return;
  // With the URL, so that it holds even if the sync() before it was lost.
  writer_->post([name = endpoint, url = found->second, learned](SQLite::Database& database) {
    put(database, name, url, learned);
  });
}

void Store::add(const std::string& endpoint, const registry::HealthChange& change) {
  if (!urls_.contains(endpoint)) return;
  writer_->post(
      [name = endpoint, change](SQLite::Database& database) { HealthChangesTable(database).add(name, change); });
}

std::vector<registry::HealthChange> Store::health_changes(const std::string& endpoint, std::size_t count) const {
  std::vector<registry::HealthChange> result;
  writer_->read([&](SQLite::Database& database) { result = HealthChangesTable(database).last(endpoint, count); });
  return result;
}

void Store::keep_owner(const std::string& id, const ownership::Owner& owner, WallTime now) {
  writer_->post([id, owner, now](SQLite::Database& database) { OwnersTable(database).put(id, owner, now); });
}

void Store::find_owner(const std::string& id, ownership::Archive::Done done) {
  // One that is dropped, or fails, still lets go of the reply.
  const auto reply = std::make_shared<Reply>(std::move(done));
  writer_->look_up([id, reply](SQLite::Database& database) { reply->found = OwnersTable(database).find(id); });
}

void Store::remember_keys(WallTime now) {
  writer_->post([now](SQLite::Database& database) { KeysSeenTable(database).put(now); });
}

void Store::forget_keys() {
  writer_->post([](SQLite::Database& database) { KeysSeenTable(database).remove(); });
}

bool Store::had_keys() const {
  bool had = true;
  writer_->read([&](SQLite::Database& database) { had = KeysSeenTable(database).any(); });
  return had;
}

void Store::prune(WallTime now) {
  writer_->post([now](SQLite::Database& database) {
    HealthChangesTable(database).remove_before(now - history_lasts);
    OwnersTable(database).remove_expired(now);
  });
}

void Store::flush() { writer_->flush(); }

Condition Store::condition() const { return writer_->condition(); }

}  // namespace pointsman::store
