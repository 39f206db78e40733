#include "pointsman/api/key_state.hpp"

namespace pointsman::api {

void write_metrics(observe::PrometheusText& text, const KeyState& state) {
  text.metric("pointsman_keys", "gauge", "Keys of clients, by where they are written.");
  text.sample({{"source", "file"}}, std::uint64_t{state.in_file});
  text.sample({{"source", "database"}}, std::uint64_t{state.in_database});
  text.metric("pointsman_key_database_failing", "gauge",
              "1 while the database of keys cannot be read, and the keys that it had before still hold.");
  text.sample({}, std::uint64_t{!state.problem.empty()});
}

}  // namespace pointsman::api
