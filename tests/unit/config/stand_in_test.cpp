#include "pointsman/config/stand_in.hpp"

#include <gtest/gtest.h>

#include "pointsman/config/load.hpp"

namespace pointsman::config {
namespace {

TEST(StandIn, IsKnownWhereverItStands) {
  EXPECT_TRUE(has_stand_in(stand_in_for_variable("KEY")));
  EXPECT_TRUE(has_stand_in(stand_in_for_file("/run/key")));
  EXPECT_FALSE(has_stand_in("/var/lib/unset/pointsman.db"));
  EXPECT_EQ(unset_variable_in("/d/" + stand_in_for_variable("STATE_2") + "/pointsman.db"), "STATE_2");
  EXPECT_EQ(unset_variable_in(stand_in_for_file("/run/key")), "");
  EXPECT_EQ(unset_variable_in("/var/lib/pointsman.db"), "");
}

// The rest of the file can be read with them.
TEST(StandIn, IsFitForWhateverAVariableMayHold) {
  const auto loaded = load_text(R"(
store: {path: "${A}/p.db"}
access: {keys: [{name: a, key: "${A_KEY}"}, {name: b, key_file: "${DIRECTORY}/b"}]}
endpoints:
- {name: a, url: "https://${A_HOST}:8443/v1", api_key: "${A_KEY}", tls: {ca: "${A}/ca.pem", server_name: "${A_NAME}"}}
- {name: b, url: "unix:/run/${B}", api_key_file: "${DIRECTORY}/b"}
)",
                                {.apis = {}, .reads_named_files = false}, stand_in_for_variable);
  for (const auto& problem : loaded.problems) ADD_FAILURE() << problem.message;
  const auto& settings = loaded.settings;
  EXPECT_EQ(unset_variable_in(settings.store_path), "A");
  ASSERT_EQ(settings.endpoints.size(), 2u);
  EXPECT_EQ(unset_variable_in(settings.endpoints[0].url.host), "a_host");
  EXPECT_TRUE(has_stand_in(settings.endpoints[1].api_key.reveal()));
}

}  // namespace
}  // namespace pointsman::config
