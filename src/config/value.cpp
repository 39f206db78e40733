#include "pointsman/config/value.hpp"

#include <algorithm>

#include "pointsman/config/characters.hpp"
#include "pointsman/config/nearest.hpp"

namespace pointsman::config {
namespace {

std::string_view kind_name(Node::Kind kind) {
  switch (kind) {
    case Node::Kind::null: return "nothing";
    case Node::Kind::scalar: return "a text";
    case Node::Kind::sequence: return "a list";
    case Node::Kind::mapping: return "a mapping";
  }
  return "";
}

std::string joined(const std::vector<std::string>& names) {
  std::string result;
  for (const auto& name : names) result += (result.empty() ? "" : ", ") + name;
  return result;
}

}  // namespace

std::string Value::subject() const { return name_.empty() ? "the file" : quote(name_); }

void Value::complain(std::string_view complaint) const {
  reading_->problems.push_back(error_at(node_->place, subject() + " " + std::string(complaint)));
}

void Value::must_be(std::string_view what) const { complain("must be " + std::string(what) + ", not " + quoted()); }

void Value::wrong_kind(std::string_view expected) const {
  complain("must be " + std::string(expected) + ", not " + std::string(kind_name(node_->kind)));
}

std::string Value::as_written(std::string message, const std::string& text) const {
  if (message.ends_with(text)) message.replace(message.size() - text.size(), text.size(), node_->text);
  return message;
}

std::optional<std::string> Value::text() const {
  if (node_->kind == Node::Kind::null || (node_->kind == Node::Kind::scalar && node_->text.empty())) {
    complain("is empty; write a value, or leave the key out");
    return std::nullopt;
  }
  if (node_->kind != Node::Kind::scalar) {
    wrong_kind("a text");
    return std::nullopt;
  }
  auto expansion = expand(node_->text, reading_->environment);
  for (const auto& complaint : expansion.complaints) complain(complaint);
  if (!expansion.complaints.empty()) return std::nullopt;
  if (expansion.text.empty()) {
    complain("is empty, because the variables in it are set to nothing");
    return std::nullopt;
  }
  if (find_unfit(expansion.text) != std::string::npos) {
    complain("contains a line break, another control character, or something that is not UTF-8");
    return std::nullopt;
  }
  return std::move(expansion.text);
}

std::vector<Value> Value::items() const {
  std::vector<Value> result;
  if (node_->kind == Node::Kind::null) return result;
  if (node_->kind != Node::Kind::sequence) wrong_kind("a list");
  for (const auto& item : node_->items) result.emplace_back(*reading_, item, name_);
  return result;
}

std::vector<Value> Value::some_items() const {
  auto result = items();
  const bool is_empty_list = node_->kind == Node::Kind::null || node_->kind == Node::Kind::sequence;
  if (result.empty() && is_empty_list) complain("is an empty list; write something into it, or leave the key out");
  return result;
}

std::vector<std::pair<std::string, Value>> Value::entries() const {
  std::vector<std::pair<std::string, Value>> result;
  if (node_->kind == Node::Kind::null) return result;
  if (node_->kind != Node::Kind::mapping) wrong_kind("a mapping");
  for (const auto& entry : node_->entries) result.emplace_back(entry.key, Value(*reading_, entry.value, name_));
  return result;
}

Mapping::Mapping(const Value& value) : value_(value) {
  if (!is_usable()) value.wrong_kind("a mapping");
}

Mapping::~Mapping() {
  for (const auto& entry : value_.node_->entries) {
    if (std::find(known_.begin(), known_.end(), entry.key) != known_.end()) continue;
    const auto meant = nearest(entry.key, known_);
    value_.reading().problems.push_back(
        error_at(entry.place, "unknown key " + quote(entry.key) + "; " +
                                  (meant.empty() ? "" : "did you mean " + quote(meant) + "? ") +
                                  "Allowed here: " + joined(known_)));
  }
}

std::optional<Value> Mapping::find(std::string_view key) {
  known_.emplace_back(key);
  const auto* found = value_.node_->find(key);
  if (found == nullptr) return std::nullopt;
  const auto name = (value_.name().empty() ? "" : value_.name() + ".").append(key);
  return Value(value_.reading(), *found, name);
}

void Mapping::missing(std::string_view key) const {
  if (is_usable()) value_.complain("needs the key " + quote(key));
}

}  // namespace pointsman::config
