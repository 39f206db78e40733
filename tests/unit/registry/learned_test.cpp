#include "pointsman/registry/learned.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "samples.hpp"

namespace pointsman::registry {
namespace {

Learned sample() {
  Learned result;
  result.health = Health::up;
  result.server_type = "vllm";
  result.version = "1.0";
  result.models = {model("m"), model("n")};
  result.models[0].apis[Api::embeddings] = probed(Verdict::no);
  result.models[0].loaded = true;
  result.routes[Api::chat_completions] = probed(Verdict::yes);
  result.probed_at = noon;
  return result;
}

struct Row {
  std::string what;
  std::function<void(Learned&)> change;
  bool same_knowledge = false;
  bool same_loaded = true;
};

TEST(Learned, IsTheSameApartFromTimesAndWhatIsInMemory) {
  const WallTime later = noon + Milliseconds(5);
  const Row rows[] = {
      {"nothing", [](Learned&) {}, true},
      {"time of the probe", [&](Learned& it) { it.probed_at = later; }, true},
      {"time of a route", [&](Learned& it) { it.routes[Api::chat_completions].at = later; }, true},
      {"time of a model", [&](Learned& it) { it.models[0].apis[Api::embeddings].at = later; }, true},
      {"loaded", [](Learned& it) { it.models[0].loaded = false; }, true, false},
      {"loaded, unknown", [](Learned& it) { it.models[0].loaded.reset(); }, true, false},

      {"health", [](Learned& it) { it.health = Health::busy; }},
      {"detail", [](Learned& it) { it.detail = "x"; }},
      {"type", [](Learned& it) { it.server_type = "x"; }},
      {"version", [](Learned& it) { it.version = "x"; }},
      {"verdict", [](Learned& it) { it.routes[Api::chat_completions].verdict = Verdict::no; }},
      {"provenance", [](Learned& it) { it.routes[Api::chat_completions].how = Provenance::observed; }},
      {"evidence", [](Learned& it) { it.routes[Api::chat_completions].evidence = "x"; }},
      {"verdict of a model", [](Learned& it) { it.models[0].apis[Api::embeddings].verdict = Verdict::yes; }},
      {"another name", [](Learned& it) { it.models[0].id = "x"; }},
      {"order", [](Learned& it) { std::swap(it.models[0], it.models[1]); }, false, false},
      {"one model less", [](Learned& it) { it.models.pop_back(); }, false, false},
      {"created", [](Learned& it) { it.models[0].created = 1; }},
      {"owner", [](Learned& it) { it.models[0].owned_by = "x"; }},
      {"context", [](Learned& it) { it.models[0].context_length = 1; }},
  };
  for (const auto& row : rows) {
    Learned changed = sample();
    row.change(changed);
    EXPECT_EQ(same_knowledge(sample(), changed), row.same_knowledge) << row.what;
    EXPECT_EQ(same_loaded(sample(), changed), row.same_loaded) << row.what;
  }
}

}  // namespace
}  // namespace pointsman::registry
