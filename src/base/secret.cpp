#include "pointsman/base/secret.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <cstring>
#include <memory>
#include <stdexcept>

#include "pointsman/base/hexadecimal.hpp"

namespace pointsman {
namespace {

// Looked up once: OpenSSL would otherwise search its providers, under locks, for each digest.
const EVP_MD* sha256() {
  static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return algorithm;
}

// Making one takes as long as the digest of a key. Nothing of the text stays in it.
EVP_MD_CTX* context() {
  thread_local const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> of_thread(EVP_MD_CTX_new(),
                                                                                       EVP_MD_CTX_free);
  return of_thread.get();
}

}  // namespace

Secret::~Secret() {
  if (!text_.empty()) OPENSSL_cleanse(text_.data(), text_.size());
}

Sha256 Sha256::of(std::string_view text) {
  Sha256 result;
  auto* const hashing = context();
  const bool is_whole = hashing != nullptr && EVP_DigestInit_ex(hashing, sha256(), nullptr) == 1 &&
                        EVP_DigestUpdate(hashing, text.data(), text.size()) == 1 &&
                        EVP_DigestFinal_ex(hashing, result.digest_.data(), nullptr) == 1;
  if (!is_whole) {
    throw std::runtime_error("OpenSSL cannot compute SHA-256; is its configuration broken?");
  }
  return result;
}

bool Sha256::parse(std::string_view hexadecimal, Sha256& result) {
  if (hexadecimal.size() != 2 * result.digest_.size()) return false;
  for (std::size_t i = 0; i < result.digest_.size(); ++i) {
    const int high = hexadecimal_value(hexadecimal[2 * i]);
    const int low = hexadecimal_value(hexadecimal[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    result.digest_[i] = static_cast<std::uint8_t>(16 * high + low);
  }
  return true;
}

std::string Sha256::hexadecimal() const { return pointsman::hexadecimal(digest_); }

std::size_t Sha256::bucket() const {
  std::size_t first = 0;
  std::memcpy(&first, digest_.data(), sizeof first);
  return first;
}

bool Sha256::equals(const Sha256& other) const {
  std::array<std::uint64_t, 4> mine;
  std::array<std::uint64_t, 4> theirs;
  std::memcpy(mine.data(), digest_.data(), sizeof mine);
  std::memcpy(theirs.data(), other.digest_.data(), sizeof theirs);
  return ((mine[0] ^ theirs[0]) | (mine[1] ^ theirs[1]) | (mine[2] ^ theirs[2]) | (mine[3] ^ theirs[3])) == 0;
}

}  // namespace pointsman
