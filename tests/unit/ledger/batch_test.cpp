#include "pointsman/ledger/batch.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "samples.hpp"

namespace pointsman::ledger {
namespace {

TEST(Batch, GivesBackWhatItWasGiven) {
  Batch batch;
  EXPECT_TRUE(batch.empty());
  {
    const std::string model = "a model whose name does not live long";
    auto first = chat();
    first.model = model;
    batch.add(first);
    auto second = chat(-1, -1);
    second.key = second.endpoint = second.served_model = "";
    second.ended = observe::Ended::refused;
    second.origin = Origin::client;
    second.first_byte_us.reset();
    second.queued = Milliseconds(12);
    batch.add(second);
  }
  std::vector<std::string> models;
  int count = 0;
  batch.for_each([&](const observe::AccessRecord& record) {
    models.emplace_back(record.model);
    EXPECT_EQ(record.request_id, "req_1");
    EXPECT_EQ(record.time, noon);
    EXPECT_EQ(record.route, "/v1/chat/completions");
    if (++count == 1) {
      EXPECT_EQ(record.key, "team-a");
      EXPECT_EQ(record.served_model, "small:1b");
      EXPECT_EQ(record.first_byte_us, 1'000);
      EXPECT_EQ(record.output_tokens, 5);
      EXPECT_FALSE(record.origin);
    } else {
      EXPECT_EQ(record.key, "");
      EXPECT_EQ(record.ended, observe::Ended::refused);
      EXPECT_EQ(record.origin, Origin::client);
      EXPECT_EQ(record.queued, Milliseconds(12));
      EXPECT_FALSE(record.first_byte_us);
      EXPECT_EQ(record.input_tokens, -1);
    }
  });
  EXPECT_EQ(models, (std::vector<std::string>{"a model whose name does not live long", "small"}));
  EXPECT_EQ(batch.count(), 2u);
}

TEST(Batch, KeepsTheBeginningOfAModelsName) {
  Batch batch;
  auto record = chat();
  const std::string megabyte(1'000'000, 'x');
  record.model = megabyte;
  batch.add(record);
  // The 256th byte is in the middle of a character.
  const std::string umlauts = "x" + [] {
    std::string text;
    for (int i = 0; i < 200; ++i) text += "\xc3\xa4";
    return text;
  }();
  record.model = umlauts;
  batch.add(record);
  std::vector<std::string> models;
  batch.for_each([&](const observe::AccessRecord& each) { models.emplace_back(each.model); });
  EXPECT_EQ(models.at(0), megabyte.substr(0, 256));
  EXPECT_EQ(models.at(1), umlauts.substr(0, 255));
  EXPECT_LT(batch.bytes(), 3'000u);
}

}  // namespace
}  // namespace pointsman::ledger
