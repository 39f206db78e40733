#include "pointsman/proxy/decision.hpp"

#include <algorithm>

#include "pointsman/base/hexadecimal.hpp"

namespace pointsman::proxy {
namespace {

constexpr std::string_view between = " | ";
constexpr std::string_view cut = "...";
constexpr std::size_t longest_escape = 4;

// Of a field's value only what is visible ASCII is safe with every client; and it must not end the field.
void append_escaped(std::string& text, char c) {
  if (c >= ' ' && c <= '~' && c != '\\') {
    text += c;
    return;
  }
  const auto byte = static_cast<unsigned char>(c);
  text += "\\x";
  text += hexadecimal_digits[byte >> 4];
  text += hexadecimal_digits[byte & 0xf];
}

}  // namespace

void Decision::add(std::string_view words) {
  if (is_cut_) return;
  if (!words_.empty()) words_ += between;
  for (const char c : words) {
    if (words_.size() > longest - longest_escape - cut.size()) {
      words_ += cut;
      is_cut_ = true;
      return;
    }
    append_escaped(words_, c);
  }
}

void Decision::waits_until(Time until) {
  if (waits_from_) waited_ += std::max(until - *waits_from_, Time::duration::zero());
  waits_from_.reset();
}

std::chrono::microseconds Decision::overhead(Time now) const {
  const auto waits = waits_from_ ? now - *waits_from_ : Time::duration::zero();
  const auto took = now - began_ - waited_ - waits;
  return std::chrono::duration_cast<std::chrono::microseconds>(std::max(took, Time::duration::zero()));
}

std::string Decision::fields(Time now) const {
  std::string text = "x-pointsman-overhead-us: " + std::to_string(overhead(now).count()) + "\r\n";
  if (!words_.empty()) text += "x-pointsman-decision: " + words_ + "\r\n";
  return text;
}

}  // namespace pointsman::proxy
