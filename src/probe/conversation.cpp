#include "pointsman/probe/conversation.hpp"

#include <algorithm>

#include "pointsman/probe/bounded_json.hpp"

namespace pointsman::probe {
namespace {

constexpr int deadlines_in_all = 4;
constexpr std::size_t longest_note = 200;

Sent sent(const Observation& seen) {
  return {text(seen.asked), seen.status, seen.answered() ? excerpt(seen.body, longest_note) : seen.trouble};
}

bool ends_the_conversation(const Observation& seen) {
  return seen.failure == Failure::unresolved || seen.failure == Failure::refused ||
         seen.failure == Failure::unreachable || seen.failure == Failure::stopped || seen.is_late();
}

}  // namespace

Conversation::Conversation(Target target, const Clock& clock)
    : client_(std::move(target)),
      clock_(clock),
      ends_at_(clock.monotonic() + deadlines_in_all * client_.target().timeout) {}

net::Task<Observation> Conversation::ask(Question question) {
  const Milliseconds left = ends_at_ - clock_.monotonic();
  if (left <= Milliseconds(0)) over_ = true;
  if (over_) {
    Observation nothing;
    nothing.asked = std::move(question);
    nothing.failure = Failure::stopped;
    nothing.trouble = "not asked: the endpoint no longer answers";
    co_return nothing;
  }
  const auto deadline = std::chrono::steady_clock::now() + std::min(left, client_.target().timeout);
  Observation seen = co_await client_.ask(std::move(question), deadline);
  sent_.push_back(sent(seen));
  over_ = ends_the_conversation(seen);
  co_return seen;
}

net::Task<Observation> Conversation::ask_once(Question question) {
  const std::string key = question.method + " " + question.path + "\n" + question.body;
  const auto found = once_.find(key);
  if (found != once_.end()) co_return found->second;
  Observation seen = co_await ask(std::move(question));
  once_.emplace(key, seen);
  co_return seen;
}

net::Task<std::optional<nlohmann::json>> Conversation::document(std::string path) {
  Question question = get(std::move(path));
  const Observation seen = co_await ask_once(std::move(question));
  if (seen.status != 200) co_return std::nullopt;
  co_return read_json(seen.body);
}

}  // namespace pointsman::probe
