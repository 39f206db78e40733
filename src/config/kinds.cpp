#include "pointsman/config/kinds.hpp"

#include <algorithm>

#include "pointsman/config/file.hpp"
#include "pointsman/config/quantities.hpp"

namespace pointsman::config {
namespace {

constexpr std::size_t longest_name = 64;

}  // namespace

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= longest_name && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
  });
}

void boolean(const Value& value, bool& target) {
  const auto text = value.text();
  if (!text) return;
  if (*text != "true" && *text != "false") return value.must_be("true or false");
  target = *text == "true";
}

void duration(const Value& value, Milliseconds& target) {
  const auto text = value.text();
  if (!text) return;
  const auto parsed = parse_duration(*text);
  if (!parsed || parsed->count() == 0) return value.must_be("a duration such as 500ms, 5s, 10m, 1h or 30d");
  target = *parsed;
}

void duration_or_none(const Value& value, Milliseconds& target) {
  const auto text = value.text();
  if (!text) return;
  const auto parsed = *text == "off" || *text == "0" ? Milliseconds(0) : parse_duration(*text);
  if (!parsed) return value.must_be("off, or a duration such as 500ms, 5s, 10m, 1h or 30d");
  target = *parsed;
}

void days(const Value& value, std::chrono::days& target) {
  const auto text = value.text();
  if (!text) return;
  const auto parsed = parse_days(*text);
  if (!parsed) return value.must_be("a number of days or years such as 30d or 2y");
  target = *parsed;
}

void share(const Value& value, double& target) {
  const auto text = value.text();
  if (!text) return;
  const auto parsed = parse_share(*text);
  if (!parsed || *parsed == 0) return value.must_be("a number above 0 and at most 1, such as 0.1");
  target = *parsed;
}

void share_or_none(const Value& value, double& target) {
  const auto text = value.text();
  if (!text) return;
  const auto parsed = parse_share(*text);
  if (!parsed) return value.must_be("a number from 0 to 1, such as 0.1");
  target = *parsed;
}

void size(const Value& value, std::size_t& target) {
  const auto text = value.text();
  if (!text) return;
  const auto parsed = parse_size(*text);
  if (!parsed || *parsed == 0) return value.must_be("a size such as 512KiB, 64MiB or 1GiB, or a number of bytes");
  target = *parsed;
}

void percent(const Value& value, double& target) {
  const auto text = value.text();
  if (!text) return;
  const auto parsed = parse_percent(*text);
  if (!parsed) return value.must_be("a percentage from 0% to 100%, such as 20%");
  target = *parsed;
}

void path(const Value& value, std::string& target) {
  if (const auto text = value.text()) target = path_below(value.reading().directory, *text);
}

void name(const Value& value, std::string& target) {
  const auto text = value.text();
  if (!text) return;
  if (!is_name(*text)) {
    return value.must_be("1 to 64 letters, digits, dots, underscores or hyphens (A-Z a-z 0-9 . _ -)");
  }
  target = *text;
}

void time(const Value& value, std::optional<WallTime>& target) {
  const auto text = value.text();
  if (!text) return;
  const auto parsed = parse_time(*text);
  if (!parsed) return value.must_be("a day such as 2027-01-31, or a time such as 2027-01-31T12:00:00Z");
  target = *parsed;
}

void model_name(const Value& value, std::string& target) {
  const auto text = value.text();
  if (!text) return;
  if (text->size() > longest_model_name) return value.must_be("a name of at most 256 bytes");
  target = *text;
}

void model_names(const Value& value, std::vector<std::string>& target) {
  for (const auto& item : value.some_items()) {
    std::string model;
    model_name(item, model);
    target.push_back(std::move(model));
  }
}

std::optional<std::uint32_t> WholeNumber::read(const Value& value) const {
  const auto text = value.text();
  if (!text) return std::nullopt;
  const auto parsed = parse_whole_number(*text);
  if (parsed && *parsed >= least_ && *parsed <= most_) return static_cast<std::uint32_t>(*parsed);
  value.must_be("a whole number from " + std::to_string(least_) + " to " + std::to_string(most_));
  return std::nullopt;
}

void amount(const Value& value, std::uint64_t& target) {
  const auto text = value.text();
  if (!text) return;
  const auto parsed = parse_whole_number(*text);
  if (!parsed || *parsed == 0 || *parsed > largest_amount) {
    return value.must_be("a whole number from 1 to " + std::to_string(largest_amount));
  }
  target = *parsed;
}

void OneOf::operator()(const Value& value, std::string& target) const {
  const auto text = value.text();
  if (!text) return;
  if (std::find(words_.begin(), words_.end(), *text) == words_.end()) {
    std::string allowed;
    for (const auto word : words_) allowed += (allowed.empty() ? "" : ", ") + std::string(word);
    return value.must_be("one of " + allowed);
  }
  target = *text;
}

std::optional<int> Distinct::earlier(const std::string& thing, Place place) {
  const auto [first, is_new] = lines_.emplace(thing, place.line);
  return is_new ? std::nullopt : std::optional<int>(first->second);
}

void Distinct::see(const Value& value, const std::string& thing) {
  if (thing.empty()) return;  // it was wrong, and reported
  if (const auto line = earlier(thing, value.place())) {
    value.complain(value.quoted() + " stands in line " + std::to_string(*line) + " already");
  }
}

}  // namespace pointsman::config
