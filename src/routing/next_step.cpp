#include "pointsman/routing/next_step.hpp"

namespace pointsman::routing {

NextStep next_step(const Judgement& judgement, const Progress& progress, const config::Routing& rules, double jitter) {
  if (!judgement.may_move() || progress.attempts >= rules.attempts) return {};
  if (progress.must_not_repeat && !judgement.nothing_was_sent()) return {};
  if (progress.has_other) return {Step::move};
  if (judgement.pause) {
    if (*judgement.pause <= rules.retry_after && rules.retry_after > Milliseconds(0)) {
      return {Step::repeat, *judgement.pause};
    }
    return {};
  }
  if (!judgement.may_repeat || progress.has_repeated) return {};
  const auto range = static_cast<double>((longest_own_pause - shortest_pause).count());
  return {Step::repeat, shortest_pause + Milliseconds(static_cast<Milliseconds::rep>(range * jitter))};
}

}  // namespace pointsman::routing
