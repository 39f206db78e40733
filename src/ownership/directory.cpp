#include "pointsman/ownership/directory.hpp"

#include <utility>

namespace pointsman::ownership {

void Directory::learn(const std::string& id, const std::string& endpoint, const std::string& key) {
  const auto now = clock_.wall();
  const Owner owner{endpoint, key, now + bounds_.lasts};
  {
    const std::lock_guard lock(mutex_);
    const auto before = look_up(id);
    const bool is_known = before != entries_.end();
    if (is_known && before->owner.key != key) return;
    put({id, owner, is_known && before->certain});
  }
  archive_.keep(id, owner, now);
}

std::optional<Owner> Directory::find(std::string_view id) {
  const std::lock_guard lock(mutex_);
  const auto entry = look_up(id);
  return entry != entries_.end() && entry->certain ? std::optional(entry->owner) : std::nullopt;
}

void Directory::find_archived(const std::string& id, Archive::Done done) {
  archive_.find(id, [this, id, done = std::move(done)](std::optional<Owner> owner) {
    if (owner && owner->expires_at <= clock_.wall()) owner.reset();
    {
      const std::lock_guard lock(mutex_);
      // What the archive could not take is still known here.
      const auto entry = look_up(id);
      if (!owner && entry != entries_.end()) owner = entry->owner;
      if (owner) put({id, *owner, true});
    }
    done(std::move(owner));
  });
}

Directory::Entries::iterator Directory::look_up(std::string_view id) {
  const auto found = by_id_.find(id);
  if (found == by_id_.end()) return entries_.end();
  const auto entry = found->second;
  if (entry->owner.expires_at <= clock_.wall()) {
    by_id_.erase(found);
    entries_.erase(entry);
    return entries_.end();
  }
  entries_.splice(entries_.begin(), entries_, entry);
  return entry;
}

void Directory::put(Entry entry) {
  if (const auto found = by_id_.find(entry.id); found != by_id_.end()) {
    found->second->owner = std::move(entry.owner);
    found->second->certain = entry.certain;
    entries_.splice(entries_.begin(), entries_, found->second);
    return;
  }
  entries_.push_front(std::move(entry));
  by_id_.emplace(entries_.front().id, entries_.begin());
  if (entries_.size() <= bounds_.most) return;
  by_id_.erase(entries_.back().id);
  entries_.pop_back();
}

}  // namespace pointsman::ownership
