#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pointsman/config/document.hpp"
#include "pointsman/config/load.hpp"

// The tools that every section of the file is read with. A reader takes a Value and a target; if the value is wrong it
// reports that and leaves the target alone, so that one run finds every problem.
namespace pointsman::config {

// What lasts while one file is read.
struct Reading {
  const Vocabulary& vocabulary;
  const Environment& environment;
  std::string directory;  // where relative paths begin
  std::vector<Problem> problems;
  std::vector<std::string> files{};          // that it names and that were read with it
  std::map<std::string, WrittenKey> keys{};  // those of clients
};

// A value in the file together with its name, so that it can be complained about. Refers to the Reading and to the
// document; cheap to copy.
class Value {
 public:
  // `name` is dotted, without positions in lists ("endpoints.timeouts.connect"); empty for the file itself.
  Value(Reading& reading, const Node& node, std::string name)
      : reading_(&reading), node_(&node), name_(std::move(name)) {}

  Reading& reading() const { return *reading_; }
  const std::string& name() const { return name_; }
  Node::Kind kind() const { return node_->kind; }
  Place place() const { return node_->place; }

  // The text with its variables filled in: not empty, without control characters; otherwise a problem and none.
  std::optional<std::string> text() const;

  // The values of a list; none, with a problem, if it is not a list. A null value is an empty list.
  std::vector<Value> items() const;

  // The same for a list that would say the opposite of what it means if it were empty: that is a problem, too.
  std::vector<Value> some_items() const;

  // The keys of a mapping whose keys the user chooses; none, with a problem, if it is not a mapping.
  std::vector<std::pair<std::string, Value>> entries() const;

  // "`name` complaint".
  void complain(std::string_view complaint) const;

  // "`name` must be WHAT, not `text`": quotes the value as it is written, with its variables not filled in. Not for
  // what may be a secret.
  void must_be(std::string_view what) const;

  // As it is written, to be quoted in a message.
  std::string quoted() const { return quote(node_->text); }

  // A message that may end with the value's text, made to show the variables' names in place of what they hold.
  std::string as_written(std::string message, const std::string& text) const;

 private:
  friend class Mapping;
  void wrong_kind(std::string_view expected) const;
  std::string subject() const;

  Reading* reading_;
  const Node* node_;
  std::string name_;
};

// The keys of a mapping that has fixed names. Whoever reads a section asks for each of its keys once; when the Mapping
// goes, it reports those that nobody asked for as unknown, with the ones that were asked for as what is allowed.
class Mapping {
 public:
  // A null value is an empty mapping (a section with all of its lines commented out).
  explicit Mapping(const Value& value);
  ~Mapping();
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;

  // False: it was no mapping and was reported, so that nothing further is to be said about it.
  bool is_usable() const { return value_.kind() == Node::Kind::mapping || value_.kind() == Node::Kind::null; }

  std::optional<Value> find(std::string_view key);

  // Reads the key's value if it is there.
  template <class Reader, class Target>
  void read(std::string_view key, const Reader& reader, Target& target) {
    if (const auto value = find(key)) reader(*value, target);
  }

  // The same, but reports a key that is not there.
  template <class Reader, class Target>
  void require(std::string_view key, const Reader& reader, Target& target) {
    if (const auto value = find(key)) {
      reader(*value, target);
    } else {
      missing(key);
    }
  }

 private:
  void missing(std::string_view key) const;

  Value value_;
  std::vector<std::string> known_;
};

}  // namespace pointsman::config
