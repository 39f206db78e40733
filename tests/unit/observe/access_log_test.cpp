#include "pointsman/observe/access_log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "pointsman/base/request_id.hpp"
#include "pointsman/observe/log_file_error.hpp"

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

// The lines that are written to a file, of a log that is over.
std::vector<nlohmann::json> lines_of(const std::filesystem::path& path) {
  std::vector<nlohmann::json> lines;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) lines.push_back(nlohmann::json::parse(line));
  return lines;
}

class AccessLogFile : public testing::Test {
 protected:
  AccessLogFile() {
    directory_ = (std::filesystem::temp_directory_path() / "pointsman-log-XXXXXX").string();
    if (::mkdtemp(directory_.data()) == nullptr) throw std::runtime_error("cannot make " + directory_);
  }
  ~AccessLogFile() override { std::filesystem::remove_all(directory_); }
  std::string path(const std::string& name = "access.log") const { return directory_ + "/" + name; }

  std::string directory_;
};

TEST_F(AccessLogFile, HasAShareOfWhatWentWellAndEveryError) {
  std::set<std::string> expected;
  {
    Log log({.file = path(), .access_sample = 0.25});
    AccessLog access(log);
    RequestIds ids;
    for (int i = 0; i < 2'000; ++i) {
      const auto id = ids.next();
      AccessRecord record;
      record.request_id = id.text();
      if (i % 100 == 0) {
        record.ended = Ended::failed;
        record.origin = Origin::upstream;
      } else if (i % 100 == 1) {
        record.ended = Ended::client_left;
        record.origin = Origin::client;
      }
      if (i % 100 == 0 || is_sampled(id.text(), 0.25)) expected.emplace(id.text());
      access.write(record);
    }
  }
  std::set<std::string> found;
  for (const auto& line : lines_of(path())) {
    found.insert(line.at("request_id"));
    EXPECT_EQ(line.contains("sample"), line.at("ended") != "failed");
    if (line.contains("sample")) EXPECT_EQ(line.at("sample"), 0.25);
  }
  EXPECT_EQ(found, expected);
  EXPECT_GT(found.size(), 350u);
  EXPECT_LT(found.size(), 650u);
}

TEST_F(AccessLogFile, IsBegunAnewWhereItWasMovedAway) {
  {
    Log log({.file = path()});
    AccessLog access(log);
    AccessRecord record;
    record.request_id = "first";
    access.write(record);
    access.flush();
    while (lines_of(path()).empty()) std::this_thread::yield();
    std::filesystem::rename(path(), path("access.log.1"));
    log.reopen();
    record.request_id = "second";
    access.write(record);
  }
  ASSERT_EQ(lines_of(path("access.log.1")).size(), 1u);
  ASSERT_EQ(lines_of(path()).size(), 1u);
  EXPECT_EQ(lines_of(path())[0].at("request_id"), "second");
}

// As somebody moves all of it, and puts it back.
TEST_F(AccessLogFile, SaysThatItsDirectoryIsGone) {
  const std::string inside = directory_ + "/logs";
  const auto lines = [](const std::string& file) { return lines_of(file).size(); };
  std::filesystem::create_directory(inside);
  Log log({.file = inside + "/access.log"});
  log.write_lines("{}");
  while (lines(inside + "/access.log") < 1) std::this_thread::yield();
  EXPECT_EQ(log.trouble(), "");

  std::filesystem::rename(inside, inside + "-moved");
  log.reopen();
  log.write_lines("{}");
  while (log.trouble().empty()) std::this_thread::yield();
  EXPECT_EQ(log.trouble(), "lines go on in the file that was there before: No such file or directory");
  while (lines(inside + "-moved/access.log") < 2) std::this_thread::yield();

  std::filesystem::create_directory(inside);
  log.reopen();
  log.write_lines("{}");
  while (!log.trouble().empty()) std::this_thread::yield();
  while (lines(inside + "/access.log") < 1) std::this_thread::yield();
}

TEST_F(AccessLogFile, SaysThatLinesAreLost) {
  Log log({.file = "/dev/full"});
  log.write_lines("{}");
  while (log.trouble().empty()) std::this_thread::yield();
  EXPECT_EQ(log.trouble(), "lines are lost, because it cannot be written: No space left on device");
}

TEST_F(AccessLogFile, IsSaidWhereItCannotBeWritten) {
  EXPECT_EQ(log_file_error(path()), 0);
  EXPECT_FALSE(std::filesystem::exists(path())) << "to look makes nothing";
  EXPECT_EQ(log_file_error(directory_ + "/none/access.log"), ENOENT);
  EXPECT_EQ(log_file_error(directory_), EISDIR);
  EXPECT_TRUE(try_log_file(path()));
  EXPECT_EQ(log_file_error(path()), 0);
  EXPECT_EQ(log_file_error(path() + "/access.log"), ENOTDIR);
  const auto tried = try_log_file(directory_ + "/none/access.log");
  ASSERT_FALSE(tried);
  EXPECT_THAT(tried.error().message, testing::HasSubstr("/none/access.log cannot be written: No such file"));
}

TEST_F(AccessLogFile, SaysWhenEachRequestEnded) {
  const WallTime second{std::chrono::seconds(1'795'429'800)};
  {
    Log log({.file = path()});
    AccessLog access(log);
    for (const int milliseconds : {7, 999, 1'000, 61'045, 0}) {
      AccessRecord record;
      record.time = second + Milliseconds(milliseconds);
      access.write(record);
    }
  }
  std::vector<std::string> times;
  for (const auto& line : lines_of(path())) times.push_back(line.at("time"));
  EXPECT_THAT(times,
              testing::ElementsAre("2026-11-23T10:30:00.007Z", "2026-11-23T10:30:00.999Z", "2026-11-23T10:30:01.000Z",
                                   "2026-11-23T10:31:01.045Z", "2026-11-23T10:30:00.000Z"));
}

TEST_F(AccessLogFile, BoundsAndEscapesWhatClientsMadeUp) {
  const std::string megabyte(1'000'000, 'x');
  for (const bool json : {true, false}) {
    const auto file = path(json ? "json" : "text");
    {
      Log log({.json = json, .file = file});
      AccessLog access(log);
      AccessRecord record;
      record.model = megabyte;
      access.write(record);
      record.model =
          "\x1b[2J\x1b]0;title\x07\r\nforged\x9b"
          "\xff";
      access.write(record);
    }
    std::ifstream stream(file);
    std::vector<std::string> lines;
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    ASSERT_EQ(lines.size(), 2u);
    EXPECT_LT(lines[0].size(), 4'000u);
    EXPECT_THAT(lines[0], testing::HasSubstr("xxx [cut]"));
    for (const char c : lines[1]) EXPECT_TRUE(static_cast<unsigned char>(c) >= ' ' && c != 0x7f) << lines[1];
  }
}

}  // namespace
}  // namespace pointsman::observe
