#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "../../support/eventually.hpp"
#include "pipe.hpp"
#include "pointsman/observe/log.hpp"

// How lines get to whoever reads them: soon, whole and in order, and what becomes of them if he does not read.
namespace pointsman::observe {
namespace {

using nlohmann::json;

TEST(LogDelivery, WritesAtOnceWhenNothingElseWaits) {
  Pipe pipe;
  Log log({.descriptor = pipe.write_end()});
  for (int i = 0; i < 3; ++i) {
    log.write(Level::info, "now", {{"i", i}});
    const auto lines = lines_of(pipe.read_until("}\n"));
    ASSERT_EQ(lines.size(), 1u);
    EXPECT_EQ(json::parse(lines[0]).at("i"), i);
  }
}

// The process may not let a file grow: what a full disk looks like.
TEST(LogDelivery, BeginsALineOfItsOwnBehindHalfALine) {
  std::string path = (std::filesystem::temp_directory_path() / "pointsman-log-XXXXXX").string();
  ::close(::mkstemp(path.data()));
  const auto size = [&] { return std::filesystem::file_size(path); };
  constexpr rlim_t most = 300;
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  auto* const signalled = std::signal(SIGXFSZ, SIG_IGN);
  {
    Log log({.file = path});
    log.write(Level::info, "whole");
    EXPECT_TRUE(test::eventually([&] { return size() > 0; }));
    const rlimit small{most, before.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &small);
    log.write(Level::info, std::string(most, 'x'));
    EXPECT_TRUE(test::eventually([&] { return size() == most; }));
    log.write(Level::info, "lost");
    ::setrlimit(RLIMIT_FSIZE, &before);
    log.write(Level::info, "behind it");
  }
  std::signal(SIGXFSZ, signalled);
  std::ifstream file(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  std::filesystem::remove(path);
  ASSERT_GE(lines.size(), 3u);
  for (std::size_t i = 2; i < lines.size(); ++i) EXPECT_TRUE(json::accept(lines[i])) << lines[i];
  EXPECT_EQ(json::parse(lines.back()).at("message"), "behind it");
}

TEST(LogDelivery, KeepsLinesWholeFromManyThreads) {
  constexpr int threads = 4;
  constexpr int lines_each = 500;
  Pipe pipe;
  std::string text;
  std::thread reader;
  {
    Log log({.descriptor = pipe.write_end()});
    std::vector<std::thread> writers;
    for (int thread = 0; thread < threads; ++thread) {
      writers.emplace_back([&log, thread] {
        for (int i = 0; i < lines_each; ++i) log.write(Level::info, "x", {{"thread", thread}, {"i", i}});
      });
    }
    reader = std::thread([&] {
      while (std::count(text.begin(), text.end(), '\n') < threads * lines_each) {
        const std::string more = pipe.read_until("\n");
        if (more.empty()) break;
        text += more;
      }
    });
    for (auto& writer : writers) writer.join();
  }
  reader.join();
  std::vector<int> next(threads, 0);
  const auto lines = lines_of(text);
  ASSERT_EQ(lines.size(), static_cast<std::size_t>(threads * lines_each));
  for (const std::string& line : lines) {
    const json parsed = json::parse(line);
    EXPECT_EQ(parsed.at("i"), next.at(parsed.at("thread").get<std::size_t>())++);
  }
}

// The queue holds 2048 lines, the pipe some hundred.
TEST(LogDelivery, DropsTheOldestLinesWhenNobodyReads) {
  constexpr int written = 30'000;
  Pipe pipe;
  std::string text;
  std::uint64_t dropped = 0;
  {
    Log log({.descriptor = pipe.write_end()});
    for (int i = 0; i < written; ++i) log.write(Level::info, "x", {{"i", i}});
    dropped = log.dropped();
    EXPECT_GT(dropped, 10'000u);
    EXPECT_LT(dropped, 30'000u);
    text = pipe.read_until(R"("i":29999})"
                           "\n");
  }
  const auto lines = lines_of(text);
  EXPECT_EQ(lines.size() + dropped, static_cast<std::size_t>(written));
  int last = -1;
  for (const std::string& line : lines) {
    const int i = json::parse(line).at("i").get<int>();
    EXPECT_GT(i, last);
    last = i;
  }
  EXPECT_EQ(last, written - 1);
}

TEST(LogDelivery, EndsAlthoughNobodyReads) {
  Pipe pipe;
  const auto started = std::chrono::steady_clock::now();
  {
    Log log({.descriptor = pipe.write_end()});
    for (int i = 0; i < 10'000; ++i) log.write(Level::info, "x", {{"i", i}});
  }
  EXPECT_LT(std::chrono::steady_clock::now() - started, std::chrono::seconds(20));
}

TEST(LogDelivery, SurvivesAReaderWhoIsGone) {
  struct sigaction before{};
  struct sigaction deadly{};
  deadly.sa_handler = SIG_DFL;
  ASSERT_EQ(::sigaction(SIGPIPE, &deadly, &before), 0);
  Pipe pipe;
  pipe.close_read_end();
  {
    Log log({.descriptor = pipe.write_end()});
    for (int i = 0; i < 100; ++i) log.write(Level::info, "x");
  }
  ::sigaction(SIGPIPE, &before, nullptr);
}

}  // namespace
}  // namespace pointsman::observe
