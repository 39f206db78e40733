#include "pointsman/access/token.hpp"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>

namespace pointsman::access {
namespace {

constexpr std::string_view digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr std::size_t random_digits = 43;  // 62^43 is just over 2^256
constexpr std::size_t checksum_digits = 6;
static_assert(token_size == token_prefix.size() + random_digits + checksum_digits);

// The number, which is used up, in base 62.
void write_digits(std::span<std::uint8_t> number, std::span<char> text) {
  for (std::size_t i = text.size(); i-- > 0;) {
    unsigned remainder = 0;
    for (auto& byte : number) {
      const unsigned dividend = remainder * 256 + byte;
      byte = static_cast<std::uint8_t>(dividend / digits.size());
      remainder = dividend % static_cast<unsigned>(digits.size());
    }
    text[i] = digits[remainder];
  }
}

std::array<char, checksum_digits> checksum(std::string_view text) {
  const auto crc = ::crc32(0, reinterpret_cast<const Bytef*>(text.data()), static_cast<uInt>(text.size()));
  std::array<std::uint8_t, 4> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(crc >> (24 - 8 * i));
  std::array<char, checksum_digits> result{};
  write_digits(bytes, result);
  return result;
}

}  // namespace

Secret new_token() {
  std::array<std::uint8_t, 32> random{};
  if (RAND_priv_bytes(random.data(), static_cast<int>(random.size())) != 1) {
    throw std::runtime_error("OpenSSL has no random numbers; is its configuration broken?");
  }
  std::string text(token_prefix);
  text.resize(token_size);
  write_digits(random, std::span(text).subspan(token_prefix.size(), random_digits));
  OPENSSL_cleanse(random.data(), random.size());
  const auto end = token_size - checksum_digits;
  std::ranges::copy(checksum(std::string_view(text).substr(0, end)), text.begin() + end);
  return Secret(std::move(text));
}

bool is_token(std::string_view text) {
  if (text.size() != token_size || !text.starts_with(token_prefix)) return false;
  if (text.find_first_not_of(digits, token_prefix.size()) != std::string_view::npos) return false;
  const auto end = token_size - checksum_digits;
  const auto right = checksum(text.substr(0, end));
  return text.substr(end) == std::string_view(right.data(), right.size());
}

}  // namespace pointsman::access
