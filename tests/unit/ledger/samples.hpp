#pragma once

#include <SQLiteCpp/Database.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

#include "pointsman/observe/access_log.hpp"

namespace pointsman::ledger {

// A file in a directory of its own for one test, gone with it.
class TemporaryFile {
 public:
  TemporaryFile() : directory_((std::filesystem::temp_directory_path() / "pointsman-ledger-XXXXXX").string()) {
    if (::mkdtemp(directory_.data()) == nullptr) throw std::runtime_error("cannot make " + directory_);
  }
  ~TemporaryFile() {
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  const std::string& directory() const { return directory_; }
  std::string path() const { return directory_ + "/ledger.db"; }

 private:
  std::string directory_;
};

// 2026-11-23 10:30 UTC
inline constexpr WallTime noon{Milliseconds(1'795'429'800'000)};

inline observe::AccessRecord chat(std::int64_t input = 7, std::int64_t output = 5) {
  observe::AccessRecord record;
  record.time = noon;
  record.request_id = "req_1";
  record.method = "POST";
  record.route = "/v1/chat/completions";
  record.status = 200;
  record.api = "chat_completions";
  record.key = "team-a";
  record.model = "small";
  record.served_model = "small:1b";
  record.endpoint = "gpu";
  record.duration_us = 2'000;
  record.first_byte_us = 1'000;
  record.bytes_in = 10;
  record.bytes_out = 20;
  record.attempts = 1;
  record.input_tokens = input;
  record.output_tokens = output;
  return record;
}

inline std::int64_t number(SQLite::Database& database, const std::string& query) {
  return database.execAndGet(query).getInt64();
}

}  // namespace pointsman::ledger
