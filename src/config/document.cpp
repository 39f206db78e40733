#include "pointsman/config/document.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <map>
#include <optional>
#include <sstream>

#include "pointsman/config/characters.hpp"
#include "pointsman/config/indentation.hpp"

namespace pointsman::config {
namespace {

// Ends the parse: yaml-cpp calls us, so that an exception is the one way out through it. Caught below.
struct Stop {
  Place place;
  std::string message;
};

Place place_of(const YAML::Mark& mark) {
  if (mark.is_null()) return {};
  return {mark.line + 1, mark.column + 1};
}

// yaml-cpp marks what has no tag with "?", and what is quoted with "!".
bool is_tagged(const std::string& tag) { return !tag.empty() && tag != "?" && tag != "!"; }

// Builds the tree out of yaml-cpp's events.
class Builder final : public YAML::EventHandler {
 public:
  explicit Builder(std::vector<Problem>& problems) : problems_(problems) {}

  Node take_root() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (started_) throw Stop{place_of(mark), "a second YAML document begins here; the file must be a single one"};
    started_ = true;
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { add(make(Node::Kind::null, mark), anchor); }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    auto node = make(Node::Kind::scalar, mark);
    check_tag(node, tag);
    node.text = value;
    node.cost += value.size();
    add(std::move(node), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchored_.find(anchor);
    if (found == anchored_.end()) throw Stop{place_of(mark), "this alias stands inside of what it refers to"};
    charge(found->second.cost, place_of(mark));
    add(found->second, 0);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(Node::Kind::sequence, mark, tag, anchor);
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(Node::Kind::mapping, mark, tag, anchor);
  }
  void OnMapEnd() override { close(); }

 private:
  // A list or mapping whose end has not come yet.
  struct Open {
    Node node;
    YAML::anchor_t anchor = 0;
    std::map<std::string, int> lines;  // of the keys of a mapping
    bool awaits_value = false;         // a key came
    std::optional<Entry> entry;        // that key, if it is a usable one
  };

  static Node make(Node::Kind kind, const YAML::Mark& mark) {
    Node node;
    node.kind = kind;
    node.place = place_of(mark);
    node.cost = sizeof(Entry);
    return node;
  }

  void open(Node::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    auto node = make(kind, mark);
    check_tag(node, tag);
    if (open_.size() == maximum_depth) {
      throw Stop{node.place, "lists and mappings are nested more than " + std::to_string(maximum_depth) + " deep"};
    }
    charge(node.cost, node.place);
    open_.push_back({std::move(node), anchor, {}, false, std::nullopt});
  }

  void close() {
    auto [node, anchor, lines, awaits_value, entry] = std::move(open_.back());
    open_.pop_back();
    add(std::move(node), anchor);
  }

  void add(Node node, YAML::anchor_t anchor) {
    if (node.kind == Node::Kind::null || node.kind == Node::Kind::scalar) charge(node.cost, node.place);
    if (anchor != 0) {
      charge(node.cost, node.place);
      anchored_[anchor] = node;
    }
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    auto& parent = open_.back();
    parent.node.cost += node.cost;
    if (parent.node.kind == Node::Kind::sequence) {
      parent.node.items.push_back(std::move(node));
    } else if (!parent.awaits_value) {
      parent.awaits_value = true;
      parent.entry = begin_entry(parent, node);
    } else {
      parent.awaits_value = false;
      if (!parent.entry) return;
      parent.entry->value = std::move(node);
      parent.node.entries.push_back(std::move(*parent.entry));
    }
  }

  std::optional<Entry> begin_entry(Open& parent, const Node& key) {
    if (key.kind != Node::Kind::scalar) {
      problems_.push_back(error_at(key.place, "a key must be a text"));
      return std::nullopt;
    }
    const auto [first, is_new] = parent.lines.emplace(key.text, key.place.line);
    if (!is_new) {
      problems_.push_back(error_at(key.place, quote(key.text) + " is written twice; it stands in line " +
                                                  std::to_string(first->second) + " already"));
      return std::nullopt;
    }
    return Entry{key.text, key.place, {}};
  }

  void check_tag(const Node& node, const std::string& tag) {
    if (is_tagged(tag)) problems_.push_back(error_at(node.place, "tags (a word that begins with !) mean nothing here"));
  }

  void charge(std::size_t cost, Place place) {
    cost_ += cost;
    if (cost_ > maximum_cost) throw Stop{place, "the file has too many values, counting those that aliases repeat"};
  }

  std::vector<Problem>& problems_;
  bool started_ = false;
  Node root_;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, Node> anchored_;
  std::size_t cost_ = 0;
};

// yaml-cpp puts a detail after a colon (what it calls an anchor or an escape): that could be part of a secret.
Problem explain(const YAML::Exception& exception, const std::string& yaml) {
  const auto place = place_of(exception.mark);
  for (const auto* message : {YAML::ErrorMsg::MAP_VALUE, YAML::ErrorMsg::END_OF_MAP, YAML::ErrorMsg::END_OF_SEQ,
                              YAML::ErrorMsg::BLOCK_ENTRY, YAML::ErrorMsg::TAB_IN_INDENTATION}) {
    if (exception.msg != message) continue;
    if (auto problem = wrong_indentation(yaml, place.line)) return *problem;
  }
  std::string message = "this is not YAML: " + exception.msg.substr(0, exception.msg.find(": "));
  if (exception.msg == YAML::ErrorMsg::END_OF_MAP_FLOW) {
    message += " (inside of { } a value such as ${NAME} needs quotes: \"${NAME}\")";
  } else if (exception.msg == YAML::ErrorMsg::UNKNOWN_ANCHOR || exception.msg == YAML::ErrorMsg::UNKNOWN_TOKEN) {
    message += " (a value that begins with a special character needs quotes)";
  } else if (exception.msg == YAML::ErrorMsg::MAP_VALUE) {
    message += " (is the indentation right? a value that contains a colon and a space needs quotes)";
  }
  return error_at(place, message);
}

std::optional<Problem> unfit_character(const std::string& yaml) {
  constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
  const std::size_t start = yaml.starts_with(byte_order_mark) ? byte_order_mark.size() : 0;
  const auto at = find_unfit(std::string_view(yaml).substr(start), "\t\r\n");
  if (at == std::string::npos) return std::nullopt;
  Place place{1, 1};
  for (const char c : std::string_view(yaml).substr(start, at)) {
    const bool begins_character = (static_cast<unsigned char>(c) & 0xc0) != 0x80;
    place.column = c == '\n' ? 1 : place.column + (begins_character ? 1 : 0);
    if (c == '\n') ++place.line;
  }
  return error_at(place, "here is a control character, or something that is not UTF-8");
}

}  // namespace

const Node* Node::find(std::string_view key) const {
  const auto found = std::ranges::find(entries, key, &Entry::key);
  return found == entries.end() ? nullptr : &found->value;
}

Document read_document(const std::string& yaml) {
  Document document;
  // First of all: yaml-cpp takes the byte 0x04 for the end of the file, and bad UTF-8 for good.
  if (auto problem = unfit_character(yaml)) {
    document.problems.push_back(std::move(*problem));
    return document;
  }
  try {
    std::istringstream stream(yaml);
    YAML::Parser parser(stream);
    Builder builder(document.problems);
    while (parser.HandleNextDocument(builder)) {
    }
    document.root = builder.take_root();
  } catch (const Stop& stop) {
    document.problems.push_back(error_at(stop.place, stop.message));
  } catch (const YAML::Exception& exception) {
    document.problems.push_back(explain(exception, yaml));
  }
  return document;
}

}  // namespace pointsman::config
