#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pointsman::access {

// What is kept of each response that was asked for over one connection and has not ended. Which one ends is told by the
// id that its endpoint began it with; where nobody knows that it is the oldest, because an endpoint answers one after
// the other. Bounded; no I/O. Used by one thread.
template <class T>
class ResponsesUnderWay {
 public:
  static constexpr std::size_t most = 64;

  bool empty() const { return responses_.empty(); }

  // One was asked for. Returns what is kept of the oldest if that is one too many.
  std::optional<T> add(T kept) {
    std::optional<T> oldest;
    if (responses_.size() == most) oldest = take(responses_.begin());
    responses_.push_back({std::move(kept)});
    return oldest;
  }

  // The endpoint says that it began one, the oldest that it has not begun. `id`: empty: it did not tell.
  void began(std::string_view id) {
    const auto next = std::ranges::find(responses_, false, &Response::has_begun);
    if (next == responses_.end()) return;
    next->has_begun = true;
    next->id = id;
  }

  // One ended. Nothing: none is under way.
  std::optional<T> end(std::string_view id) {
    if (responses_.empty()) return std::nullopt;
    const auto known = id.empty() ? responses_.end() : std::ranges::find(responses_, id, &Response::id);
    return take(known == responses_.end() ? responses_.begin() : known);
  }

  // The only one, if it has not begun.
  std::optional<T> end_only_one_not_begun() {
    if (responses_.size() != 1 || responses_.front().has_begun) return std::nullopt;
    return take(responses_.begin());
  }

  void clear() { responses_.clear(); }

 private:
  struct Response {
    T kept;
    bool has_begun = false;
    std::string id = {};  // empty: nobody knows
  };

  std::optional<T> take(typename std::vector<Response>::iterator place) {
    std::optional<T> kept(std::move(place->kept));
    responses_.erase(place);
    return kept;
  }

  std::vector<Response> responses_;  // the oldest first
};

}  // namespace pointsman::access
