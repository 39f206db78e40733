#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "pointsman/demo/gate.hpp"
#include "support/behind_gateway.hpp"
#include "support/configuration.hpp"
#include "support/eventually.hpp"
#include "support/notify_socket.hpp"

// The gateway stops: what is under way is finished, within bounds.
namespace pointsman::test {
namespace {

using testing::HasSubstr;
using testing::Not;
using Json = nlohmann::json;

const std::string chat = "POST /v1/chat/completions";
const std::string request =
    "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: 13\r\n\r\n{\"model\":\"m\"}";

class Drain : public BehindGateway {
 protected:
  // An endpoint whose streams go on until end_streams().
  void start_streaming(const std::string& shutdown) {
    start({{chat,
            [gate = gate_](Conversation& conversation) -> boost::asio::awaitable<void> {
              co_await conversation.send(
                  "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                  "Transfer-Encoding: chunked\r\n\r\nf\r\ndata: {\"n\":1}\n\n\r\n");
              co_await conversation.wait(gate);
              co_await conversation.send("e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n");
            }}},
          {.file = "shutdown: " + shutdown + "\n"});
  }
  void end_streams() { gate_.open(); }

  void begin_stream(RawClient& client) const {
    client.send(request);
    ASSERT_TRUE(eventually([&] { return requests_upstream() == 1; }));
  }

  Response readiness() const { return ask(gateway_->operations_port(), "GET", "/readyz"); }
  void begin_to_stop() {
    gateway_->process().signal(SIGTERM);
    ASSERT_TRUE(eventually([&] { return readiness().status() == 503; }));
  }
  bool refuses_connections() const {
    return eventually([&] {
      try {
        RawClient client(port());
        return false;
      } catch (const std::exception&) {
        return true;
      }
    });
  }
  int exit_code() { return gateway_->stop(0); }
  std::string output() const { return gateway_->process().output(); }

 private:
  demo::Gate gate_;
};

TEST_F(Drain, FinishesWhatIsUnderWay) {
  start_streaming("{drain: 1h}");
  RawClient client(port());
  begin_stream(client);
  begin_to_stop();
  EXPECT_EQ(Json::parse(readiness().body).at("reason"), "stopping");
  EXPECT_TRUE(refuses_connections());
  // Operators are answered until the end.
  EXPECT_EQ(ask(gateway_->operations_port(), "GET", "/healthz").status(), 200);
  EXPECT_NE(gateway_->metric("pointsman_config_loaded_seconds"), "absent");

  end_streams();
  const auto response = client.read_response();
  EXPECT_TRUE(response.complete) << response.fault;
  EXPECT_THAT(response.body, HasSubstr("[DONE]"));
  EXPECT_EQ(exit_code(), 0);
  EXPECT_THAT(output(), Not(HasSubstr("cut off")));
}

TEST_F(Drain, ServesOnForTheGrace) {
  start_streaming("{grace: 1h}");
  end_streams();
  begin_to_stop();
  RawClient client(port());
  for (int round = 0; round < 2; ++round) {
    client.send(request);
    const auto response = client.read_response();
    EXPECT_EQ(response.status(), 200);
    EXPECT_EQ(response.field("Connection"), "");
  }
  EXPECT_EQ(gateway_->stop(), 0);
}

TEST_F(Drain, CutsWhatLastsTooLong) {
  start_streaming("{drain: 100ms}");
  RawClient client(port());
  begin_stream(client);
  EXPECT_EQ(gateway_->stop(), 0);
  const auto response = client.read_response();
  EXPECT_FALSE(response.complete);
  EXPECT_THAT(response.body, Not(HasSubstr("[DONE]")));
  EXPECT_THAT(output(), HasSubstr("`shutdown.drain` is over"));
}

TEST_F(Drain, ASecondSignalEndsItAtOnce) {
  start_streaming("{drain: 1h}");
  RawClient client(port());
  begin_stream(client);
  begin_to_stop();
  EXPECT_TRUE(refuses_connections());
  EXPECT_EQ(gateway_->stop(SIGINT), 0);
  EXPECT_FALSE(client.read_response().complete);
  EXPECT_THAT(output(), HasSubstr("a second signal came"));
}

TEST_F(Drain, AnIdleConnectionKeepsNobodyWaiting) {
  start_streaming("{drain: 1h}");
  RawClient unused(port());
  RawClient used(port());
  used.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(used.read_response().status(), 200);
  EXPECT_EQ(gateway_->stop(), 0);
  EXPECT_TRUE(unused.at_end());
  EXPECT_TRUE(used.at_end());
}

TEST(LifeSigns, TellOfTheWholeLife) {
  NotifySocket listener;
  const FakeUpstream upstream({"m"});
  const std::string file = "endpoints:\n" + endpoint("e", upstream.url());
  GatewayProcess gateway({file, {{"NOTIFY_SOCKET", listener.path()}, {"WATCHDOG_USEC", "500000"}}, {}});
  EXPECT_THAT(listener.next(), HasSubstr("READY=1\n"));
  EXPECT_TRUE(listener.hears("WATCHDOG=1"));
  EXPECT_TRUE(listener.hears("WATCHDOG=1"));

  gateway.process().signal(SIGHUP);
  EXPECT_TRUE(listener.hears("RELOADING=1\nMONOTONIC_USEC="));
  EXPECT_TRUE(listener.hears("READY=1\n"));
  gateway.configure("nonsense");
  EXPECT_TRUE(listener.hears("RELOADING=1\n"));
  EXPECT_TRUE(listener.hears("not reloaded"));

  RawClient idle(gateway.port());  // is waited for
  gateway.process().signal(SIGTERM);
  EXPECT_TRUE(listener.hears("STOPPING=1\n"));
  EXPECT_TRUE(listener.hears("EXTEND_TIMEOUT_USEC="));
  EXPECT_EQ(gateway.stop(0), 0);
}

}  // namespace
}  // namespace pointsman::test
