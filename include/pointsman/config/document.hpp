#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "pointsman/config/problem.hpp"

// YAML as a tree that keeps what yaml-cpp's own nodes lose: the place of every key, and keys that are written twice.
namespace pointsman::config {

struct Entry;

struct Node {
  enum class Kind { null, scalar, sequence, mapping };

  Kind kind = Kind::null;
  Place place;
  std::string text;            // of a scalar, as it is written
  std::vector<Node> items;     // of a sequence
  std::vector<Entry> entries;  // of a mapping, in the order of the file; no key comes twice
  std::size_t cost = 0;        // about what the tree below takes in memory

  const Node* find(std::string_view key) const;  // the value of a mapping's key; nullptr: it has none
};

struct Entry {
  std::string key;
  Place place;
  Node value;
};

// Aliases are copies, so a small text could become a large tree: these bounds hold for what comes out.
inline constexpr int maximum_depth = 16;
inline constexpr std::size_t maximum_cost = 16u << 20;

struct Document {
  // Null if the syntax is wrong: of what came before the mistake a part may be missing, so that it could only mislead.
  Node root;
  std::vector<Problem> problems;
};

// Reads one YAML document. Never throws for what the text says.
Document read_document(const std::string& yaml);

}  // namespace pointsman::config
