#include "pointsman/observe/log.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <chrono>
#include <ctime>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "pipe.hpp"
#include "pointsman/observe/access_log.hpp"

// What lines say.
namespace pointsman::observe {
namespace {

using nlohmann::json;

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

}  // namespace
}  // namespace pointsman::observe
