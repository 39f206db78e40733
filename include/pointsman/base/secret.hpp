#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace pointsman {

// A string that never prints: there is no operator<<, no formatter and no conversion to a string. Whoever needs the
// text says reveal(), so that a search for that word finds every use. The memory is wiped on destruction.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}
  Secret(const Secret&) = default;
  Secret(Secret&&) = default;
  Secret& operator=(const Secret&) = default;
  Secret& operator=(Secret&&) = default;
  ~Secret();

  bool empty() const { return text_.empty(); }
  const std::string& reveal() const { return text_; }
  // For noticing that a reload changed a secret, not for checking what a client presents: see Sha256.
  friend bool operator==(const Secret&, const Secret&) = default;

 private:
  std::string text_;
};

// The SHA-256 digest of a key: what is kept and compared in place of the key itself.
class Sha256 {
 public:
  static Sha256 of(std::string_view text);
  // From 64 hexadecimal digits; false if the text is anything else.
  static bool parse(std::string_view hexadecimal, Sha256& result);

  std::string hexadecimal() const;
  // Where to look for it in a table. A digest of a secret says nothing of the secret, and neither does a part of it.
  std::size_t bucket() const;
  // Takes the same time wherever the two differ.
  bool equals(const Sha256& other) const;
  friend bool operator==(const Sha256& a, const Sha256& b) { return a.equals(b); }

 private:
  std::array<std::uint8_t, 32> digest_{};
};

}  // namespace pointsman
