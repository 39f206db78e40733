#include "pointsman/config/certificate.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <algorithm>
#include <array>
#include <ctime>

#include "pointsman/config/file.hpp"

namespace pointsman::config {
namespace {

constexpr std::size_t largest_file = 4 << 20;  // a bundle of all public authorities has a quarter of a MiB
constexpr std::chrono::days soon{14};

using Reader = std::unique_ptr<BIO, decltype(&BIO_free)>;

Reader reader_of(const std::string& pem) {
  return {BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free};
}

Error unusable(std::string what) { return {ErrorCode::invalid_input, Origin::ourselves, false, std::move(what)}; }

Error unreadable(const Error& error) {
  auto explained = error;
  explained.message = "it cannot be read: " + error.message;
  return explained;
}

WallTime time_of(const ASN1_TIME* time) {
  std::tm parts{};
  ASN1_TIME_to_tm(time, &parts);
  return WallTime(std::chrono::seconds(::timegm(&parts)));
}

std::string text(WallTime time) {
  const auto seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 32> words{};
  return {words.data(), std::strftime(words.data(), words.size(), "%Y-%m-%d %H:%M UTC", &parts)};
}

// Instead of OpenSSL's own way, which asks on the terminal.
int no_passphrase(char*, int, int, void*) { return -1; }

}  // namespace

Result<Certificates> read_certificates(const std::string& path) {
  const auto content = read_file(path, largest_file);
  if (!content) return unreadable(content.error());
  const auto reader = reader_of(*content);
  ERR_clear_error();
  Certificates certificates;
  while (auto* certificate = PEM_read_bio_X509(reader.get(), nullptr, no_passphrase, nullptr)) {
    certificates.emplace_back(certificate, X509_free);
  }
  const auto reason = ERR_GET_REASON(ERR_peek_last_error());
  ERR_clear_error();
  if (reason != PEM_R_NO_START_LINE) return unusable("it holds a certificate that is damaged");
  if (certificates.empty()) return unusable("it holds no certificate in PEM (-----BEGIN CERTIFICATE-----)");
  return certificates;
}

Result<PrivateKey> read_private_key(const std::string& path) {
  auto content = read_file(path, largest_file);
  if (!content) return unreadable(content.error());
  const Secret wiped_at_the_end(std::move(*content));
  const auto& pem = wiped_at_the_end.reveal();
  const PrivateKey key(PEM_read_bio_PrivateKey(reader_of(pem).get(), nullptr, no_passphrase, nullptr), EVP_PKEY_free);
  ERR_clear_error();
  if (key) return key;
  if (pem.find("ENCRYPTED") != std::string::npos) {
    return unusable("its key wants a passphrase, which nobody could type at a start; write it without one");
  }
  return unusable("it holds no private key in PEM (-----BEGIN PRIVATE KEY-----)");
}

bool fits(const PrivateKey& key, const Certificates& certificates) {
  const bool fit = X509_check_private_key(certificates.front().get(), key.get()) == 1;
  ERR_clear_error();
  return fit;
}

std::string complaint_about_period(const Certificates& certificates, WallTime now) {
  const auto begin = time_of(X509_get0_notBefore(certificates.front().get()));
  const auto end = time_of(X509_get0_notAfter(certificates.front().get()));
  if (now >= end) return "the certificate expired on " + text(end);
  if (now < begin) return "the certificate is good only from " + text(begin) + " on, if this machine's clock is right";
  return "";
}

std::string warning_about_period(const Certificates& certificates, WallTime now) {
  const auto end = time_of(X509_get0_notAfter(certificates.front().get()));
  return now < end && end - now < soon ? "the certificate expires on " + text(end) : "";
}

bool Identity::operator==(const Identity& other) const {
  const auto is_same = [](const auto& a, const auto& b) { return X509_cmp(a.get(), b.get()) == 0; };
  return std::equal(certificates.begin(), certificates.end(), other.certificates.begin(), other.certificates.end(),
                    is_same) &&
         EVP_PKEY_eq(key.get(), other.key.get()) == 1;
}

Result<Identity> read_identity(const CertificateFiles& files) {
  auto certificates = read_certificates(files.certificate);
  if (!certificates) return unusable("the certificate's file is not usable: " + certificates.error().message);
  auto key = read_private_key(files.key);
  if (!key) return unusable("the key's file is not usable: " + key.error().message);
  if (!fits(*key, *certificates)) return unusable("the key does not belong to the certificate");
  return Identity{std::move(*certificates), std::move(*key)};
}

}  // namespace pointsman::config
