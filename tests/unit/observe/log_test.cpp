#include "pointsman/observe/log.hpp"

#include "pointsman/observe/access_log.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

namespace pointsman::observe {
namespace {

using nlohmann::json;

class Pipe {
 public:
  Pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe2");
    read_end_ = ends[0];
    write_end_ = ends[1];
  }
  ~Pipe() {
    close_read_end();
    ::close(write_end_);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  int write_end() const { return write_end_; }
  void close_read_end() {
    if (read_end_ >= 0) ::close(std::exchange(read_end_, -1));
  }

  // Reads until the text ends with `end`, or with the deadline; empty `end`: what is there now.
  std::string read_until(std::string_view end) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while ((end.empty() || !text_.ends_with(end)) && std::chrono::steady_clock::now() < deadline) {
      pollfd waited{read_end_, POLLIN, 0};
      if (::poll(&waited, 1, end.empty() ? 0 : 100) <= 0) {
        if (end.empty()) break;
        continue;
      }
      char chunk[65536];
      const ssize_t size = ::read(read_end_, chunk, sizeof chunk);
      if (size <= 0) break;
      text_.append(chunk, static_cast<std::size_t>(size));
    }
    return std::exchange(text_, {});
  }

 private:
  int read_end_ = -1;
  int write_end_ = -1;
  std::string text_;
};

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = text.find('\n', begin);
    if (end == std::string::npos) {
      ADD_FAILURE() << "a line without its end: " << text.substr(begin);
      break;
    }
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

// What a log that lives only in `use` writes.
template <class Use>
std::vector<std::string> written_by(Log::Options options, Use use) {
  Pipe pipe;
  options.descriptor = pipe.write_end();
  {
    Log log(options);
    use(log);
  }
  return lines_of(pipe.read_until(""));
}

TEST(Log, WritesOneObjectForEachLine) {
  const auto lines = written_by({}, [](Log& log) {
    log.write(Level::info, "started", {{"address", "127.0.0.1:8484"}, {"workers", 2}});
    log.write(Level::error, "line\nbreak", {{"value", "\"\x1b\xff"}});
  });
  ASSERT_EQ(lines.size(), 2u);
  const json first = json::parse(lines[0]);
  EXPECT_EQ(first.at("message"), "started");
  EXPECT_EQ(first.at("workers"), 2);
  const json second = json::parse(lines[1]);
  EXPECT_EQ(second.at("level"), "error");
  EXPECT_EQ(second.at("message"), "line\nbreak");
}

TEST(Log, TellsTheTimeOfNow) {
  const auto text_of = [](std::chrono::system_clock::time_point time) {
    const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
    char text[32];
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    std::strftime(text, sizeof text, "%FT%T", &parts);
    return std::string(text);
  };
  const std::string before = text_of(std::chrono::system_clock::now());
  const auto lines = written_by({}, [](Log& log) { log.write(Level::info, "x"); });
  const std::string after = text_of(std::chrono::system_clock::now());
  ASSERT_EQ(lines.size(), 1u);
  const std::string time = json::parse(lines[0]).at("time").get<std::string>().substr(0, before.size());
  EXPECT_LE(before, time);
  EXPECT_LE(time, after);
}

TEST(Log, LeavesOutWhatIsBelowTheLevel) {
  const auto lines = written_by({.level = Level::warning}, [](Log& log) {
    for (const Level level : {Level::trace, Level::debug, Level::info, Level::warning, Level::error}) {
      log.write(level, name(level));
    }
    AccessLog(log).write(AccessRecord{});
  });
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(json::parse(lines[0]).at("message"), "warning");
  EXPECT_EQ(json::parse(lines[1]).at("message"), "error");
  EXPECT_EQ(json::parse(lines[2]).at("event"), "access") << "has a switch of its own";
}

TEST(Log, TakesAnotherLevelWhileItIsUsed) {
  const auto lines = written_by({.level = Level::error}, [](Log& log) {
    log.write(Level::info, "before");
    log.set_level(level_named("info"));
    log.write(Level::info, "after");
    log.write(Level::debug, "never");
  });
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(json::parse(lines[0]).at("message"), "after");
}

AccessRecord whole_record() {
  return {.time = WallTime(Milliseconds(1'700'000'000'000)),
          .request_id = "req_1",
          .method = "POST",
          .route = "/v1/chat/completions",
          .status = 502,
          .api = "chat_completions",
          .key = "team-a",
          .model = "llama\nforged",
          .served_model = "small:1b",
          .endpoint = "ollama-1",
          .endpoint_request_id = "theirs",
          .cause = "unreachable",
          .ended = Ended::failed,
          .origin = Origin::upstream,
          .duration_us = 1234,
          .first_byte_us = 1200,
          .queued = Milliseconds(7),
          .bytes_in = 10,
          .bytes_out = 20,
          .stream = true,
          .failed_at = "ollama-2,gpu",
          .attempts = 3,
          .input_tokens = 7,
          .output_tokens = 0,
          .cached_tokens = 4,
          .reasoning_tokens = 3,
          .fallback = "small"};
}

TEST(Log, WritesAnAccessLineForEachRequest) {
  const auto lines = written_by({}, [](Log& log) {
    AccessLog access(log);
    access.write(whole_record());
    AccessRecord sparse;
    sparse.request_id = "req_2";
    sparse.method = "GET";
    sparse.route = "/healthz";
    sparse.duration_us = 5;
    sparse.attempts = 1;
    access.write(sparse);
  });
  ASSERT_EQ(lines.size(), 2u);
  json first = json::parse(lines[0]);
  first.erase("time");
  EXPECT_EQ(first, json({{"level", "info"},
                         {"event", "access"},
                         {"request_id", "req_1"},
                         {"method", "POST"},
                         {"route", "/v1/chat/completions"},
                         {"status", 502},
                         {"api", "chat_completions"},
                         {"key", "team-a"},
                         {"model", "llama\nforged"},
                         {"served_model", "small:1b"},
                         {"endpoint", "ollama-1"},
                         {"endpoint_request_id", "theirs"},
                         {"ended", "failed"},
                         {"origin", "upstream"},
                         {"cause", "unreachable"},
                         {"duration_us", 1234},
                         {"first_byte_us", 1200},
                         {"queue_ms", 7},
                         {"bytes_in", 10},
                         {"bytes_out", 20},
                         {"stream", true},
                         {"attempts", 3},
                         {"failed_at", "ollama-2,gpu"},
                         {"fallback", "small"},
                         {"input_tokens", 7},
                         {"output_tokens", 0},
                         {"cached_tokens", 4},
                         {"reasoning_tokens", 3}}));
  json second = json::parse(lines[1]);
  second.erase("time");
  EXPECT_EQ(second, json({{"level", "info"},
                          {"event", "access"},
                          {"request_id", "req_2"},
                          {"method", "GET"},
                          {"route", "/healthz"},
                          {"ended", "complete"},
                          {"duration_us", 5},
                          {"bytes_in", 0},
                          {"bytes_out", 0},
                          {"stream", false}}));
}

TEST(Log, WritesNoAccessLinesWhenSwitchedOff) {
  const auto lines = written_by({.access = false}, [](Log& log) {
    AccessLog(log).write(whole_record());
    log.write(Level::info, "still here");
  });
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(json::parse(lines[0]).at("message"), "still here");
}

TEST(Log, WritesTextForPeople) {
  const auto lines = written_by({.json = false}, [](Log& log) { AccessLog(log).write(whole_record()); });
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(
      lines[0].substr(25),
      R"(info    access request_id=req_1 method=POST route=/v1/chat/completions status=502 api=chat_completions key=team-a )"
      R"(model="llama\nforged" served_model=small:1b endpoint=ollama-1 endpoint_request_id=theirs ended=failed origin=upstream cause=unreachable duration_us=1234 first_byte_us=1200 queue_ms=7 bytes_in=10 bytes_out=20 )"
      R"(stream=true attempts=3 failed_at=ollama-2,gpu fallback=small input_tokens=7 output_tokens=0 cached_tokens=4 reasoning_tokens=3)");
}

TEST(Log, ColoursTextOnATerminalOnly) {
  const int controller = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  ASSERT_GE(controller, 0);
  ASSERT_EQ(::grantpt(controller), 0);
  ASSERT_EQ(::unlockpt(controller), 0);
  const int terminal = ::open(::ptsname(controller), O_RDWR | O_NOCTTY | O_CLOEXEC);
  ASSERT_GE(terminal, 0);
  {
    Log log({.json = false, .descriptor = terminal});
    log.write(Level::error, "on a terminal");
  }
  {
    Log log({.json = true, .descriptor = terminal});
    log.write(Level::error, "json");
  }
  char text[1024];
  std::string seen;
  while (seen.find("json") == std::string::npos) {
    const ssize_t size = ::read(controller, text, sizeof text);
    ASSERT_GT(size, 0);
    seen.append(text, static_cast<std::size_t>(size));
  }
  EXPECT_NE(seen.find("\x1b[31merror  \x1b[0m on a terminal"), std::string::npos) << seen;
  EXPECT_EQ(seen.find('\x1b', seen.find('{')), std::string::npos) << seen;
  ::close(terminal);
  ::close(controller);
}

TEST(Log, WritesAtOnceWhenNothingElseWaits) {
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
TEST(Log, BeginsALineOfItsOwnBehindHalfALine) {
  std::string path = (std::filesystem::temp_directory_path() / "pointsman-log-XXXXXX").string();
  ::close(::mkstemp(path.data()));
  const auto size = [&] { return std::filesystem::file_size(path); };
  const auto eventually = [](const auto& holds) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!holds() && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
    return holds();
  };
  constexpr rlim_t most = 300;
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  auto* const signalled = std::signal(SIGXFSZ, SIG_IGN);
  {
    Log log({.file = path});
    log.write(Level::info, "whole");
    EXPECT_TRUE(eventually([&] { return size() > 0; }));
    const rlimit small{most, before.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &small);
    log.write(Level::info, std::string(most, 'x'));
    EXPECT_TRUE(eventually([&] { return size() == most; }));
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

TEST(Log, KeepsLinesWholeFromManyThreads) {
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
TEST(Log, DropsTheOldestLinesWhenNobodyReads) {
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

TEST(Log, EndsAlthoughNobodyReads) {
  Pipe pipe;
  const auto started = std::chrono::steady_clock::now();
  {
    Log log({.descriptor = pipe.write_end()});
    for (int i = 0; i < 10'000; ++i) log.write(Level::info, "x", {{"i", i}});
  }
  EXPECT_LT(std::chrono::steady_clock::now() - started, std::chrono::seconds(20));
}

TEST(Log, SurvivesAReaderWhoIsGone) {
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
