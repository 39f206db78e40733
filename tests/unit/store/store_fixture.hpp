#pragma once

#include <SQLiteCpp/Database.h>
#include <gmock/gmock.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "pointsman/store/store.hpp"
#include "samples.hpp"
#include "temporary_directory.hpp"

// What the tests of the store share: a store in a directory of its own, and what to keep in it.
namespace pointsman::store {

// Every field has a value that is not its default.
inline registry::Learned everything() {
  using registry::Api;
  using registry::Health;
  using registry::Provenance;
  using registry::Verdict;
  const WallTime noon{Milliseconds(1'700'000'000'123)};
  registry::Learned result;
  result.health = Health::loading;
  result.detail = "loading the model; wait";
  result.server_type = "llama.cpp";
  result.version = "b4719";
  result.probed_at = noon;
  result.routes[Api::responses] = {Verdict::no, Provenance::probed, "POST /v1/responses {: 404", noon};
  result.routes[Api::embeddings] = {Verdict::unknown, Provenance::none, "503 Loading model", noon};
  result.models.resize(2);
  // Not in the order of the alphabet: an endpoint's own order stays.
  result.models[0].id = "org/z:70b";
  result.models[0].created = 1'686'935'002;
  result.models[0].owned_by = "library";
  result.models[0].context_length = 131'072;
  result.models[0].apis[Api::chat_completions] = {Verdict::yes, Provenance::observed, "200", noon + Milliseconds(1)};
  result.models[0].apis[Api::completions] = {Verdict::no, Provenance::configured, "", WallTime()};
  result.models[1].id = "a'; DROP TABLE models; --";
  result.models[1].owned_by = std::string("\0\xff\"\n", 4);
  result.models[1].apis[Api::embeddings] = {Verdict::yes, Provenance::openapi, "\xf0\x9f\x9a\x82", noon};
  result.models[1].apis[Api::responses] = {Verdict::no, Provenance::profile, "ollama before 0.13.3", noon};
  return result;
}

inline registry::Learned small(const std::string& model) {
  registry::Learned result;
  result.health = registry::Health::up;
  result.models.resize(1);
  result.models[0].id = model;
  return result;
}

class StoreTest : public testing::Test {
 protected:
  std::unique_ptr<Store> open(const std::string& at) {
    auto opened = Store::open(at, clock);
    if (!opened) ADD_FAILURE() << opened.error().message;
    return std::move(*opened);
  }
  std::unique_ptr<Store> open() { return open(path); }

  // What the next run would know.
  std::map<std::string, registry::Learned> learned(const std::vector<config::Endpoint>& endpoints) {
    return open()->learned(endpoints);
  }

  int count(const std::string& table) {
    return SQLite::Database(path).execAndGet("SELECT count(*) FROM " + table).getInt();
  }
  void alter(const std::string& sql) { SQLite::Database(path, SQLite::OPEN_READWRITE).exec(sql); }

  TemporaryDirectory directory;
  std::string path = directory.file("pointsman.db");
  ManualClock clock;
};

}  // namespace pointsman::store
