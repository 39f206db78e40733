#include "pointsman/observe/access_log.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <vector>

namespace pointsman::observe {
namespace {

// A log whose lines come out of a pipe. What the access log has given to it stands before the next mark.
class AccessLogTest : public testing::Test {
 protected:
  AccessLogTest() {
    if (::pipe(ends_) != 0) throw std::runtime_error("no pipe");
    log_ = std::make_unique<Log>(Log::Options{.descriptor = ends_[1]});
  }
  ~AccessLogTest() override {
    log_.reset();
    for (const int end : ends_) ::close(end);
  }

  // The ids of the access lines that were given to the log since the last call.
  std::vector<std::string> given() {
    log_->write(Level::info, "mark");
    std::vector<std::string> ids;
    for (;;) {
      const auto line = nlohmann::json::parse(next_line());
      if (line.contains("message")) return ids;
      ids.push_back(line.at("request_id"));
    }
  }

  static void write(AccessLog& access, const std::string& id) {
    AccessRecord record;
    record.request_id = id;
    access.write(record);
  }

  using Ids = std::vector<std::string>;
  std::unique_ptr<Log> log_;

 private:
  std::string next_line() {
    std::size_t end = 0;
    while ((end = text_.find('\n')) == std::string::npos) {
      pollfd waited{ends_[0], POLLIN, 0};
      if (::poll(&waited, 1, 10'000) <= 0) throw std::runtime_error("no line came");
      char bytes[65536];
      const auto size = ::read(ends_[0], bytes, sizeof bytes);
      if (size <= 0) throw std::runtime_error("the log ended");
      text_.append(bytes, static_cast<std::size_t>(size));
    }
    const auto line = text_.substr(0, end);
    text_.erase(0, end + 1);
    return line;
  }

  int ends_[2] = {-1, -1};
  std::string text_;
};

TEST_F(AccessLogTest, GivesNothingBeforeItIsFlushed) {
  AccessLog access(*log_);
  write(access, "a");
  write(access, "b");
  EXPECT_EQ(given(), Ids());
  access.flush();
  EXPECT_EQ(given(), Ids({"a", "b"}));
  access.flush();
  EXPECT_EQ(given(), Ids()) << "and everything once";
  write(access, "c");
  access.flush();
  EXPECT_EQ(given(), Ids({"c"}));
}

TEST_F(AccessLogTest, FlushesAFullBatchItself) {
  constexpr std::size_t written = 1000;
  Ids all;
  AccessLog access(*log_);
  for (std::size_t i = 0; i < written; ++i) {
    all.push_back("request-" + std::to_string(i));
    write(access, all.back());
  }
  auto ids = given();
  EXPECT_GT(ids.size(), written / 2) << "batches are small enough to fill here";
  EXPECT_LT(ids.size(), written) << "the last one is not full";
  access.flush();
  for (auto& each : given()) ids.push_back(std::move(each));
  EXPECT_EQ(ids, all);
}

TEST_F(AccessLogTest, FlushesAtItsEnd) {
  {
    AccessLog access(*log_);
    write(access, "a");
    EXPECT_EQ(given(), Ids());
  }
  EXPECT_EQ(given(), Ids({"a"}));
}

TEST_F(AccessLogTest, KeepsTheBatchesOfWorkersApart) {
  AccessLog first(*log_);
  AccessLog second(*log_);
  write(first, "a");
  write(second, "b");
  write(first, "c");
  second.flush();
  EXPECT_EQ(given(), Ids({"b"}));
  first.flush();
  EXPECT_EQ(given(), Ids({"a", "c"}));
}

}  // namespace
}  // namespace pointsman::observe
