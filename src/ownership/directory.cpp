#include "pointsman/ownership/directory.hpp"

namespace pointsman::ownership {

void Directory::learn(const std::string& id, const std::string& endpoint, const std::string& key) {
  if (const auto before = find(id); before && before->key != key) return;
  const Owner owner{endpoint, key, clock_.wall() + bounds_.lasts};
  put(id, owner);
  archive_.keep(id, owner);
}

std::optional<Owner> Directory::find(std::string_view id) {
  const std::lock_guard lock(mutex_);
  const auto found = by_id_.find(id);
  if (found == by_id_.end()) return std::nullopt;
  const auto entry = found->second;
  if (entry->second.expires_at <= clock_.wall()) {
    by_id_.erase(found);
    entries_.erase(entry);
    return std::nullopt;
  }
  entries_.splice(entries_.begin(), entries_, entry);
  return entry->second;
}

void Directory::find_archived(const std::string& id, Archive::Done done) {
  archive_.find(id, [this, id, done = std::move(done)](std::optional<Owner> owner) {
    if (owner && owner->expires_at <= clock_.wall()) owner.reset();
    if (owner) put(id, *owner);
    done(std::move(owner));
  });
}

void Directory::put(const std::string& id, Owner owner) {
  const std::lock_guard lock(mutex_);
  if (const auto found = by_id_.find(id); found != by_id_.end()) {
    found->second->second = std::move(owner);
    entries_.splice(entries_.begin(), entries_, found->second);
    return;
  }
  entries_.emplace_front(id, std::move(owner));
  by_id_.emplace(entries_.front().first, entries_.begin());
  if (entries_.size() <= bounds_.most) return;
  by_id_.erase(entries_.back().first);
  entries_.pop_back();
}

}  // namespace pointsman::ownership
