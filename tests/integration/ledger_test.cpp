#include <SQLiteCpp/Database.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "support/command.hpp"
#include "support/compressed.hpp"
#include "support/configuration.hpp"
#include "support/eventually.hpp"
#include "support/fake_upstream.hpp"
#include "support/gateway_process.hpp"
#include "support/raw_client.hpp"
#include "support/wire.hpp"

// What requests took, kept over restarts and shown by `pointsman usage`.
namespace pointsman::test {
namespace {

using boost::asio::awaitable;
using nlohmann::json;
using testing::HasSubstr;

// What an endpoint counted itself of the answers that it gave.
struct Counts {
  std::atomic<std::int64_t> requests = 0;
  std::atomic<std::int64_t> cut = 0;
  std::atomic<std::int64_t> untold = 0;
  std::atomic<std::int64_t> input = 0;
  std::atomic<std::int64_t> cached = 0;
  std::atomic<std::int64_t> output = 0;
  std::atomic<std::int64_t> reasoning = 0;
};

std::string whole(const std::string& body, const std::string& fields = "") {
  return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" + fields +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

const std::string stream_head =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";

// An endpoint that answers in as many ways as there are, in turn, and counts.
class CountingEndpoint {
 public:
  Counts chat, responses, messages, embeddings;

  FakeUpstream::Routes routes() {
    return {
        {"POST /v1/chat/completions", [this](Conversation& client) -> awaitable<void> { co_await chat_in(client); }},
        {"POST /v1/responses", [this](Conversation& client) -> awaitable<void> { co_await respond(client); }},
        {"POST /v1/messages", [this](Conversation& client) -> awaitable<void> { co_await message(client); }},
        {"POST /v1/embeddings", [this](Conversation& client) -> awaitable<void> { co_await embed(client); }}};
  }

 private:
  static std::string number(std::int64_t value) { return std::to_string(value); }

  awaitable<void> chat_in(Conversation& client) {
    const auto turn = chat.requests++;
    const std::string usage = R"("usage":{"prompt_tokens":)" + number(turn) + R"(,"completion_tokens":3,)" +
                              R"("prompt_tokens_details":{"cached_tokens":1},)" +
                              R"("completion_tokens_details":{"reasoning_tokens":2}})";
    const std::string word = R"(data: {"choices":[{"delta":{"content":"word"}}],"usage":null})"
                             "\n\n";
    const auto way = turn % 12 == 11 ? 5 : turn % 5;  // never so many faults in a row that a breaker opens
    if (way >= 4) {
      ++chat.untold;
    } else {
      chat.input += turn;
      chat.cached += 1;
      chat.output += 3;
      chat.reasoning += 2;
    }
    if (way == 0) co_await client.send(whole("{" + usage + "}"));
    if (way == 1) {
      const std::string last = "data: {\"choices\":[]," + usage + "}\n\ndata: [DONE]\n\n";
      co_await client.send(stream_head + chunk(word) + chunk(last) + "0\r\n\r\n");
    }
    if (way == 2) co_await client.send(whole(compressed("gzip", "{" + usage + "}"), "Content-Encoding: gzip\r\n"));
    if (way == 3) co_await client.send(whole(compressed("zstd", "{" + usage + "}"), "Content-Encoding: zstd\r\n"));
    if (way == 4) co_await client.send(whole(R"({"choices":[]})"));
    if (way == 5) {
      ++chat.cut;
      co_await client.send(stream_head + chunk(word));
      client.close();
    }
  }

  awaitable<void> respond(Conversation& client) {
    const auto turn = responses.requests++;
    responses.input += 7;
    responses.output += turn;
    co_await client.send(stream_head +
                         chunk("event: response.completed\ndata: {\"type\":\"response.completed\",\"response\":{\"id\":"
                               "\"resp_" +
                               number(turn) + "\",\"usage\":{\"input_tokens\":7,\"output_tokens\":" + number(turn) +
                               "}}}\n\n") +
                         "0\r\n\r\n");
  }

  // Every eighth one dies when it has told its input.
  awaitable<void> message(Conversation& client) {
    const auto turn = messages.requests++;
    const bool dies = turn % 8 == 7;
    const std::string begin =
        "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"usage\":{\"input_tokens\":11,"
        "\"output_tokens\":1}}}\n\n";
    const std::string end =
        "event: message_delta\ndata: {\"type\":\"message_delta\",\"usage\":{\"output_tokens\":" + number(turn) +
        "}}\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";
    messages.input += 11;
    messages.output += dies ? 1 : turn;
    messages.cut += dies ? 1 : 0;
    co_await client.send(stream_head + chunk(begin) + (dies ? "" : chunk(end) + "0\r\n\r\n"));
    if (dies) client.close();
  }

  awaitable<void> embed(Conversation& client) {
    ++embeddings.requests;
    embeddings.input += 5;
    co_await client.send(whole(R"({"data":[],"usage":{"prompt_tokens":5,"total_tokens":5}})"));
  }
};

Script json_answer() {
  return [](Conversation& client) -> awaitable<void> {
    co_await client.send(whole(R"({"usage":{"prompt_tokens":7,"completion_tokens":5}})"));
  };
}

class LedgerOfTheGateway : public testing::Test {
 protected:
  void start(FakeUpstream::Routes routes, const std::string& more = "") {
    gateway_.reset();
    upstream_.emplace(std::vector<std::string>{"m"}, std::move(routes));
    open(more);
  }
  void open(const std::string& more = "") {
    gateway_.emplace(GatewayProcess::Options{
        "log: {access: false}\n" + more + "endpoints:\n" + endpoint("e", upstream_->url()), {}, home_.path()});
    gateway_->wait_until_ready();
  }
  void TearDown() override {
    gateway_.reset();
    upstream_.reset();
  }

  std::string path() const { return home_.path() / "ledger.db"; }

  json usage(std::vector<std::string> words = {}) const {
    words.insert(words.begin(), {"usage", "--ledger", path(), "--json"});
    const auto ended = run_command(words);
    EXPECT_EQ(ended.exit_code, 0) << ended.output;
    return json::parse(ended.output);
  }
  std::int64_t requests() const { return usage().at("total").at("requests").get<std::int64_t>(); }

  // The sums are those of the requests, each of which is there once.
  void expect_equal_sums() const {
    SQLite::Database database(path(), SQLite::OPEN_READONLY, 5'000);
    const auto number = [&](const std::string& query) { return database.execAndGet(query).getInt64(); };
    EXPECT_EQ(database.execAndGet("PRAGMA integrity_check").getString(), "ok");
    EXPECT_EQ(number("SELECT count(*) FROM requests"), number("SELECT count(DISTINCT request_id) FROM requests"));
    for (const std::string table : {"hours", "days"}) {
      EXPECT_EQ(number("SELECT coalesce(sum(requests), 0) FROM " + table), number("SELECT count(*) FROM requests"));
      for (const std::string column : {"input_tokens", "output_tokens", "cached_tokens", "bytes_out"}) {
        const std::string sum = "SELECT coalesce(sum(" + column + "), 0) FROM ";
        EXPECT_EQ(number(sum + table), number(sum + "requests")) << table << " " << column;
      }
    }
  }

  TempDirectory home_;
  std::optional<FakeUpstream> upstream_;
  std::optional<GatewayProcess> gateway_;
};

const std::array<std::pair<std::string, std::string>, 4> questions{
    {{"/v1/chat/completions", R"({"model":"m","messages":[]})"},
     {"/v1/responses", R"({"model":"m","input":"x","stream":true})"},
     {"/v1/messages", R"({"model":"m","messages":[],"stream":true})"},
     {"/v1/embeddings", R"({"model":"m","input":"x"})"}}};

// Asks so often, one request after the other, on a new connection where the last one was cut.
void ask_often(std::uint16_t port, int times) {
  std::optional<RawClient> client;
  for (int i = 0; i < times; ++i) {
    const auto& [path, body] = questions[static_cast<std::size_t>(i) % questions.size()];
    if (!client) client.emplace(port, Milliseconds(30'000));
    client->send(post(body, "", path));
    const auto answer = client->read_response();
    if (answer.status() != 200) ADD_FAILURE() << answer.raw;
    // A stream that died may have an end of ours, and the connection goes on; one that has not, has not.
    if (!answer.complete || answer.field("Connection") == "close" || client->has_ended()) client.reset();
  }
}

TEST_F(LedgerOfTheGateway, CountsAsTheEndpointsDo) {
  constexpr int clients = 8;
  constexpr int of_each = 1'250;
  CountingEndpoint counting;
  start(counting.routes());
  std::vector<std::thread> threads;
  for (int i = 0; i < clients; ++i) threads.emplace_back(ask_often, gateway_->port(), of_each);
  for (auto& thread : threads) thread.join();
  EXPECT_TRUE(eventually([&] { return requests() >= clients * of_each; })) << requests();

  const auto found = usage({"--by", "api"});
  EXPECT_EQ(found.at("total").at("requests"), clients * of_each);
  const std::array<std::pair<std::string, const Counts*>, 4> expected{{{"chat_completions", &counting.chat},
                                                                       {"embeddings", &counting.embeddings},
                                                                       {"messages", &counting.messages},
                                                                       {"responses", &counting.responses}}};
  ASSERT_EQ(found.at("rows").size(), expected.size()) << found;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const auto& [api, counts] = expected[i];
    const auto& row = found.at("rows").at(i);
    EXPECT_EQ(row.at("api"), api);
    EXPECT_EQ(row.at("requests"), counts->requests.load()) << api;
    EXPECT_EQ(row.at("errors"), counts->cut.load()) << api;
    EXPECT_EQ(row.at("without_usage"), counts->untold.load()) << api;
    // An endpoint that counts none tells none.
    const auto told = [](std::int64_t tokens) { return tokens == 0 ? json() : json(tokens); };
    EXPECT_EQ(row.at("input_tokens"), told(counts->input)) << api;
    EXPECT_EQ(row.at("cached_tokens"), told(counts->cached)) << api;
    EXPECT_EQ(row.at("output_tokens"), told(counts->output)) << api;
    EXPECT_EQ(row.at("reasoning_tokens"), told(counts->reasoning)) << api;
  }
  expect_equal_sums();
}

TEST_F(LedgerOfTheGateway, IsWholeAfterAKill) {
  CountingEndpoint counting;
  start(counting.routes());
  std::atomic<bool> over = false;
  std::thread client([&, port = gateway_->port()] {
    while (!over) {
      try {
        ask(port, "POST", "/v1/embeddings", questions[3].second);
      } catch (const std::exception&) {
        return;  // the gateway is gone
      }
    }
  });
  EXPECT_TRUE(eventually([&] { return std::filesystem::exists(path()) && requests() > 100; }));
  gateway_->stop(SIGKILL);
  over = true;
  client.join();
  expect_equal_sums();
  const auto before = requests();
  EXPECT_GT(before, 100);
  open();
  ask(gateway_->port(), "POST", "/v1/embeddings", questions[3].second);
  EXPECT_EQ(gateway_->stop(), 0);
  EXPECT_EQ(requests(), before + 1);
  expect_equal_sums();
}

TEST_F(LedgerOfTheGateway, CountsABackgroundResponseOnce) {
  const auto answer = [](const std::string& status, const std::string& usage) {
    return [body = R"({"id":"resp_bg","object":"response","status":")" + status + R"(","usage":)" + usage +
                   "}"](Conversation& client) -> awaitable<void> { co_await client.send(whole(body)); };
  };
  start({{"POST /v1/responses", answer("queued", "null")},
         {"GET /v1/responses/resp_bg", answer("completed", R"({"input_tokens":100,"output_tokens":50})")}});
  EXPECT_EQ(ask(gateway_->port(), "POST", "/v1/responses", R"({"model":"m","input":"x","background":true})").status(),
            200);
  EXPECT_TRUE(eventually([&] { return usage().at("total").at("without_usage") == 1; })) << usage();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(ask(gateway_->port(), "GET", "/v1/responses/resp_bg").status(), 200);
  gateway_->stop();
  const auto found = usage({"--by", "model"});
  EXPECT_EQ(found.at("total").at("requests"), 4);
  EXPECT_EQ(found.at("total").at("input_tokens"), 100);
  EXPECT_EQ(found.at("total").at("output_tokens"), 50);
  EXPECT_EQ(found.at("total").at("without_usage"), 0);
  EXPECT_EQ(found.at("rows").at(1).at("model"), "m");
  EXPECT_EQ(found.at("rows").at(1).at("output_tokens"), 50);
  expect_equal_sums();
}

TEST_F(LedgerOfTheGateway, KeepsWhoAskedForWhatAndWhoseFaultAnErrorWas) {
  start({{"POST /v1/chat/completions", json_answer()}}, "access: {keys: [{name: team-a, key: secret-of-a}]}\n");
  const std::string megabyte(1'000'000, 'x');
  ask(gateway_->port(), "POST", "/v1/chat/completions", R"({"model":"m"})", {{"Authorization", "Bearer secret-of-a"}});
  ask(gateway_->port(), "POST", "/v1/chat/completions", R"({"model":")" + megabyte + "\"}",
      {{"Authorization", "Bearer secret-of-a"}});
  ask(gateway_->port(), "POST", "/v1/chat/completions", R"({"model":"nobody has it"})",
      {{"Authorization", "Bearer secret-of-a"}});
  ask(gateway_->port(), "POST", "/v1/chat/completions", R"({"model":"m"})", {{"Authorization", "Bearer nobody's"}});
  ask(gateway_->port(), "GET", "/healthz");
  gateway_->stop();
  SQLite::Database database(path(), SQLite::OPEN_READONLY);
  const auto text = [&](const std::string& query) { return database.execAndGet(query).getString(); };
  EXPECT_EQ(
      text("SELECT key || ' ' || model || ' ' || served_model || ' ' || endpoint || ' ' || ended || ' ' || stream "
           "FROM requests WHERE status = 200"),
      "team-a m m e complete 0");
  EXPECT_EQ(text("SELECT key || ' ' || model || ' ' || origin || ' ' || cause FROM requests WHERE status = 404"),
            "team-a nobody has it client model_not_found");
  EXPECT_EQ(
      text("SELECT key || ' ' || length(model) || ' ' || origin || ' ' || ended FROM requests WHERE status = 400"),
      "team-a 0 client refused");
  EXPECT_EQ(text("SELECT key || origin || ended FROM requests WHERE status = 401"), "clientrefused");
  EXPECT_EQ(text("SELECT count(*) FROM requests"), "4");
  EXPECT_EQ(usage({"--key", "team-a", "--by", "model"}).at("rows").size(), 2u);
  EXPECT_EQ(usage({"--model", "m*"}).at("total").at("requests"), 1);
}

TEST_F(LedgerOfTheGateway, BeginsAnewWhereItWasDamaged) {
  std::ofstream(path(), std::ios::binary) << std::string(8192, 'x');
  start({{"POST /v1/chat/completions", json_answer()}});
  EXPECT_TRUE(gateway_->says("the ledger was damaged; it was moved aside, and begins anew"));
  EXPECT_EQ(ask(gateway_->port(), "POST", "/v1/chat/completions", R"({"model":"m"})").status(), 200);
  EXPECT_TRUE(eventually([&] { return requests() == 1; }));
  EXPECT_TRUE(gateway_->shows("pointsman_ledger_dropped_total 0"));
}

TEST_F(LedgerOfTheGateway, MayBeLeftOut) {
  start({{"POST /v1/chat/completions", json_answer()}}, "ledger: {enabled: false}\n");
  EXPECT_EQ(ask(gateway_->port(), "POST", "/v1/chat/completions", R"({"model":"m"})").status(), 200);
  EXPECT_FALSE(std::filesystem::exists(path()));
  const auto ended = run_command({"usage", "--config", gateway_->file().string()});
  EXPECT_EQ(ended.exit_code, 2);
  EXPECT_THAT(ended.output, HasSubstr("says that no ledger is kept"));
}

TEST_F(LedgerOfTheGateway, IsShownByACommandThatSaysWhatIsWrong) {
  auto ended = run_command({"usage", "--ledger", path()});
  EXPECT_EQ(ended.exit_code, 1);
  EXPECT_THAT(ended.output, HasSubstr("there is no ledger at " + path()));
  for (const std::vector<std::string>& words : {std::vector<std::string>{"--by", "colour"},
                                                {"--since", "yesterday"},
                                                {"--until", "2026-13-01"},
                                                {"--until", "8d"},
                                                {"--since", "2999-01-01"},
                                                {"--json", "--csv"}}) {
    auto all = words;
    all.insert(all.begin(), {"usage", "--ledger", path()});
    EXPECT_EQ(run_command(all).exit_code, 2) << words.front();
  }
  std::ofstream(path()) << "a text that is no database, and long enough to be looked at";
  ended = run_command({"usage", "--ledger", path()});
  EXPECT_EQ(ended.exit_code, 1);
  EXPECT_THAT(ended.output, HasSubstr("cannot be read"));
}

TEST_F(LedgerOfTheGateway, IsATableForPeopleAndCsvForPrograms) {
  start({{"POST /v1/chat/completions", json_answer()}});
  ask(gateway_->port(), "POST", "/v1/chat/completions", R"({"model":"m"})");
  EXPECT_TRUE(eventually([&] { return requests() == 1; }));
  const auto file = gateway_->file().string();
  EXPECT_THAT(run_command({"usage", "--config", file, "--by", "model,endpoint"}).output,
              AllOf(HasSubstr("MODEL  ENDPOINT  REQUESTS"), HasSubstr("\nm      e                1")));
  EXPECT_THAT(run_command({"usage", "--config", file, "--by", "model", "--since", "1h", "--csv"}).output,
              HasSubstr("\nm,1,0,7,,5,"));
  const auto never = run_command({"usage", "--config", file, "--key", "team"});
  EXPECT_EQ(never.exit_code, 0);
  EXPECT_THAT(never.output, AllOf(HasSubstr("no requests\n"), HasSubstr("knows no request with a key 'team'")));
}

// What a client makes up is in no sum, but a model that we know is, also where no endpoint could be asked for it.
TEST_F(LedgerOfTheGateway, KnowsWhichModelWasRefused) {
  upstream_.emplace(std::vector<std::string>{"m"}, FakeUpstream::Routes{});
  gateway_.emplace(GatewayProcess::Options{
      "log: {access: false}\nendpoints:\n" + endpoint("e", upstream_->url(), "apis: {embeddings: false}"),
      {},
      home_.path()});
  gateway_->wait_until_ready();
  EXPECT_EQ(ask(gateway_->port(), "POST", "/v1/embeddings", R"({"model":"m","input":"x"})").status(), 501);
  EXPECT_EQ(ask(gateway_->port(), "POST", "/v1/embeddings", R"({"model":"made up","input":"x"})").status(), 404);
  EXPECT_TRUE(eventually([&] { return std::filesystem::exists(path()) && requests() == 2; }));
  const auto rows = usage({"--by", "model"}).at("rows");
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows.at(0).at("model"), nullptr);
  EXPECT_EQ(rows.at(1).at("model"), "m");
}

}  // namespace
}  // namespace pointsman::test
