#include "pointsman/proxy/residence.hpp"

#include <gtest/gtest.h>

namespace pointsman::proxy {
namespace {

using Kind = Residence::Kind;

TEST(Residence, IsWhatTheClientMayKnow) {
  registry::Snapshot snapshot;
  for (const auto* name : {"a", "b"}) snapshot.endpoints.emplace_back().name = name;
  struct Row {
    std::optional<ownership::Owner> owner;
    std::string key;
    Residence residence;
  };
  const Row rows[] = {
      {std::nullopt, "alice", {Kind::unknown, 0}},
      {ownership::Owner{"b", "alice", {}}, "alice", {Kind::at, 1}},
      {ownership::Owner{"a", "", {}}, "", {Kind::at, 0}},
      {ownership::Owner{"b", "alice", {}}, "bob", {Kind::foreign, 0}},
      {ownership::Owner{"b", "alice", {}}, "", {Kind::foreign, 0}},
      {ownership::Owner{"b", "", {}}, "alice", {Kind::foreign, 0}},
      {ownership::Owner{"c", "alice", {}}, "alice", {Kind::gone, 0}},
      {ownership::Owner{"c", "alice", {}}, "bob", {Kind::foreign, 0}},
  };
  for (const auto& row : rows) EXPECT_EQ(residence_of(row.owner, row.key, snapshot), row.residence) << row.key;
}

}  // namespace
}  // namespace pointsman::proxy
