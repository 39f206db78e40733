#include "pointsman/upstream/pool.hpp"

namespace pointsman::upstream {
namespace {

constexpr std::size_t kept_capacity = 4096;  // of an idle connection's buffer

}  // namespace

Pool::Pool(net::Worker& worker) : worker_(worker) { worker_.deadlines().add(*this); }

Pool::~Pool() = default;

std::unique_ptr<Connection> Pool::take(const std::string& place) {
  const auto found = idle_.find(place);
  if (found == idle_.end()) return nullptr;
  auto& idle = found->second;
  const auto oldest = worker_.now() - idle_time;
  while (!idle.empty()) {
    auto connection = std::move(idle.back());
    idle.pop_back();
    if (connection->idle_since > oldest && connection->stream->is_quiet()) return connection;
  }
  return nullptr;
}

void Pool::give_back(const std::string& place, std::unique_ptr<Connection> connection) {
  auto& idle = idle_[place];
  if (idle.size() == most_idle) return;
  connection->in.clear();
  if (connection->in.capacity() > kept_capacity) connection->in.release();
  connection->reused = true;
  connection->idle_since = worker_.now();
  connection->stream->never_expire();
  idle.push_back(std::move(connection));
  if (at() == MonotonicTime::max()) expire_at(worker_.now() + idle_time);
}

std::size_t Pool::idle(const std::string& place) const {
  const auto found = idle_.find(place);
  return found == idle_.end() ? 0 : found->second.size();
}

void Pool::expired() {
  const auto oldest = worker_.now() - idle_time;
  bool any = false;
  for (auto& [key, idle] : idle_) {
    std::erase_if(idle, [&](const auto& each) { return each->idle_since <= oldest || !each->stream->is_open(); });
    any = any || !idle.empty();
  }
  std::erase_if(idle_, [](const auto& each) { return each.second.empty(); });
  if (any) expire_at(worker_.now() + idle_time / 4);
}

}  // namespace pointsman::upstream
