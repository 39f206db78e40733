#include "pointsman/upstream/pool.hpp"

namespace pointsman::upstream {
namespace {

constexpr std::size_t kept_capacity = 4096;  // of an idle connection's buffer

}  // namespace

Pool::Pool(net::Worker& worker) : worker_(worker) { worker_.deadlines().add(*this); }

Pool::~Pool() = default;

std::unique_ptr<Connection> Pool::take(const std::string& place) {
  const auto found = places_.find(place);
  if (found == places_.end()) return nullptr;
  auto& [idle, limit] = found->second;
  const auto oldest = worker_.now() - limit.value();
  // The one that was used last is the freshest: if it is too old, so are all others.
  while (!idle.empty() && idle.back()->idle_since > oldest) {
    auto connection = std::move(idle.back());
    idle.pop_back();
    connection->count.set_idle(false);
    if (connection->stream->is_quiet()) return connection;
  }
  return nullptr;
}

void Pool::give_back(const std::string& place, std::unique_ptr<Connection> connection) {
  auto& idle = places_[place].idle;
  if (idle.size() == most_idle) return;
  connection->in.clear();
  if (connection->in.capacity() > kept_capacity) connection->in.release();
  connection->reused = true;
  connection->idle_since = worker_.now();
  connection->stream->never_expire();
  connection->count.set_idle(true);
  idle.push_back(std::move(connection));
  if (at() == MonotonicTime::max()) expire_at(worker_.now() + look_interval);
}

std::size_t Pool::idle(const std::string& place) const {
  const auto found = places_.find(place);
  return found == places_.end() ? 0 : found->second.idle.size();
}

// Looks at the oldest of each place, which is the first to show when the endpoint closes idle connections.
void Pool::expired() {
  const auto now = worker_.now();
  bool any = false;
  for (auto& [name, place] : places_) {
    auto& [idle, limit] = place;
    const auto age = [&](const auto& connection) { return now - connection->idle_since; };
    std::erase_if(idle, [&](const auto& each) { return age(each) > limit.kept() || !each->stream->is_open(); });
    if (!idle.empty() && idle.front()->stream->is_quiet()) {
      limit.survived(age(idle.front()));
    } else if (!idle.empty()) {
      limit.closed(age(idle.front()));
      idle.erase(idle.begin());
    }
    any = any || !idle.empty();
  }
  if (any) expire_at(now + look_interval);
}

}  // namespace pointsman::upstream
