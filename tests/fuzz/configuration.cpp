#include <algorithm>

#include "input.hpp"
#include "pointsman/config/document.hpp"
#include "pointsman/config/load.hpp"

namespace pointsman::fuzz {
namespace {

// Whether a file might be opened that is there; it could be any, a terminal as well. Paths that are not absolute begin
// at a directory that is not there.
bool may_name_files(const config::Node& node) {
  const auto may = [](const config::Node& each) { return may_name_files(each); };
  return node.text.starts_with('/') || node.text.find("..") != std::string::npos ||
         std::any_of(node.items.begin(), node.items.end(), may) ||
         std::any_of(node.entries.begin(), node.entries.end(), [&](const auto& entry) { return may(entry.value); });
}

int depth(const config::Node& node) {
  int deepest = 0;
  for (const auto& item : node.items) deepest = std::max(deepest, depth(item));
  for (const auto& entry : node.entries) deepest = std::max(deepest, depth(entry.value));
  const bool holds_others = node.kind == config::Node::Kind::sequence || node.kind == config::Node::Kind::mapping;
  return deepest + (holds_others ? 1 : 0);
}

}  // namespace
}  // namespace pointsman::fuzz

// The configuration file: whatever it says, reading it ends, with a bounded tree or with problems that a person can
// find and a terminal can show.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace pointsman;
  const std::string yaml(fuzz::text_of(data, size));
  const auto lines = 1 + static_cast<int>(std::count(yaml.begin(), yaml.end(), '\n')) +
                     static_cast<int>(std::count(yaml.begin(), yaml.end(), '\r'));

  const auto document = config::read_document(yaml);
  // An alias is a copy that may stand deeper than what it copies.
  fuzz::require(fuzz::depth(document.root) <= 2 * config::maximum_depth, "a tree is not deeper than its bound");
  fuzz::require(document.root.cost <= config::maximum_cost, "a tree is not larger than its bound");

  if (fuzz::may_name_files(document.root)) return 0;
  const config::Vocabulary vocabulary{{"chat_completions", "completions", "responses", "embeddings"}};
  const auto variables = [](const std::string& name) -> std::optional<std::string> {
    return name == "KEY" ? std::optional<std::string>("value") : std::nullopt;
  };
  const auto loaded = config::load_text(yaml, vocabulary, variables, "/nowhere");
  fuzz::require(document.problems.empty() || !loaded.ok(), "a wrong document is no configuration");
  for (const auto& problem : loaded.problems) {
    fuzz::require(problem.line >= 0 && problem.line <= lines, "a problem has a place in the file");
    fuzz::require(!problem.message.empty(), "a problem says what is wrong");
    fuzz::require(std::none_of(problem.message.begin(), problem.message.end(),
                               [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }),
                  "a message is one line that can be shown");
  }
  return 0;
}
