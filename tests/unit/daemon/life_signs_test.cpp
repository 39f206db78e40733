#include "pointsman/daemon/life_signs.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include "../../support/notify_socket.hpp"

namespace pointsman::daemon {
namespace {

class LifeSignsTest : public testing::Test {
 protected:
  ~LifeSignsTest() override {
    for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) ::unsetenv(name);
  }
  static void set(const char* name, const std::string& value) { ::setenv(name, value.c_str(), 1); }
};

TEST_F(LifeSignsTest, TellEachStep) {
  test::NotifySocket listener;
  set("NOTIFY_SOCKET", listener.path());
  LifeSigns signs;
  signs.ready("serving");
  EXPECT_EQ(listener.next(), "READY=1\nSTATUS=serving");
  signs.reloading(MonotonicTime(Milliseconds(1'234)));
  EXPECT_EQ(listener.next(), "RELOADING=1\nMONOTONIC_USEC=1234000");
  signs.is_alive();
  EXPECT_EQ(listener.next(), "WATCHDOG=1");
  signs.stopping("stopping");
  EXPECT_EQ(listener.next(), "STOPPING=1\nSTATUS=stopping");
  signs.needs(Milliseconds(2'000), "waiting");
  EXPECT_EQ(listener.next(), "EXTEND_TIMEOUT_USEC=2000000\nSTATUS=waiting");
}

TEST_F(LifeSignsTest, MayGoToAnAbstractSocket) {
  test::NotifySocket listener(test::NotifySocket::Kind::abstract);
  set("NOTIFY_SOCKET", listener.path());
  LifeSigns signs;
  signs.is_alive();
  EXPECT_EQ(listener.next(), "WATCHDOG=1");
}

TEST_F(LifeSignsTest, MayGoToNobody) {
  for (const auto& path :
       {std::string(), std::string("relative"), std::string("/no/such/socket"), std::string(200, '/')}) {
    set("NOTIFY_SOCKET", path);
    LifeSigns signs;
    signs.ready("serving");
    EXPECT_FALSE(signs.watchdog());
  }
}

TEST_F(LifeSignsTest, LeaveNothingInTheEnvironment) {
  set("NOTIFY_SOCKET", "/no/such/socket");
  set("WATCHDOG_USEC", "1000000");
  set("WATCHDOG_PID", std::to_string(::getpid()));
  const LifeSigns signs;
  for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) EXPECT_EQ(::getenv(name), nullptr);
}

TEST_F(LifeSignsTest, KnowHowOftenTheyAreWanted) {
  struct Case {
    std::string interval;
    std::string process;
    std::optional<Milliseconds> expected;
  };
  const std::string we = std::to_string(::getpid());
  for (const auto& [interval, process, expected] : std::vector<Case>{{"3000000", we, Milliseconds(3'000)},
                                                                     {"3000000", "", Milliseconds(3'000)},
                                                                     {"10", we, Milliseconds(1)},
                                                                     {"3000000", "1", std::nullopt},
                                                                     {"3000000", "x", std::nullopt},
                                                                     {"", we, std::nullopt},
                                                                     {"-5", we, std::nullopt},
                                                                     {"3s", we, std::nullopt}}) {
    SCOPED_TRACE(interval + " " + process);
    set("WATCHDOG_USEC", interval);
    set("WATCHDOG_PID", process);
    EXPECT_EQ(LifeSigns().watchdog(), expected);
  }
}

}  // namespace
}  // namespace pointsman::daemon
