#include "pointsman/config/certificate.hpp"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <ctime>

#include "pointsman/config/file.hpp"

namespace pointsman::config {
namespace {

constexpr std::chrono::days soon{14};
constexpr std::size_t names_shown = 5;
constexpr std::size_t longest_name = 253;  // RFC 1035 §2.3.4

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

// "" if it is none that could be written in a URL.
std::string name_in(const ASN1_STRING* string) {
  const auto* bytes = reinterpret_cast<const char*>(ASN1_STRING_get0_data(string));
  const std::string_view name(bytes, static_cast<std::size_t>(ASN1_STRING_length(string)));
  const auto belongs = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view(".-_*").find(c) != std::string_view::npos;
  };
  return name.size() <= longest_name && std::all_of(name.begin(), name.end(), belongs) ? std::string(name) : "";
}

std::string address_in(const ASN1_OCTET_STRING* string) {
  const int size = ASN1_STRING_length(string);
  if (size != sizeof(in_addr) && size != sizeof(in6_addr)) return "";
  std::array<char, INET6_ADDRSTRLEN> text{};
  const int family = size == sizeof(in_addr) ? AF_INET : AF_INET6;
  return ::inet_ntop(family, ASN1_STRING_get0_data(string), text.data(), text.size());
}

std::string common_name(const X509* certificate) {
  const auto* subject = X509_get_subject_name(certificate);
  const int place = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  return place < 0 ? "" : name_in(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, place)));
}

// Hosts and addresses; "" for what no name is made of.
std::vector<std::string> alternatives(const X509* certificate) {
  const std::unique_ptr<GENERAL_NAMES, decltype(&GENERAL_NAMES_free)> all(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)),
      GENERAL_NAMES_free);
  std::vector<std::string> names;
  for (int i = 0; i < sk_GENERAL_NAME_num(all.get()); ++i) {
    const auto* each = sk_GENERAL_NAME_value(all.get(), i);
    if (each->type == GEN_DNS) names.push_back(name_in(each->d.dNSName));
    if (each->type == GEN_IPADD) names.push_back(address_in(each->d.iPAddress));
  }
  return names;
}

// Instead of OpenSSL's own way, which asks on the terminal.
int no_passphrase(char*, int, int, void*) { return -1; }

// "-----BEGIN EC PRIVATE KEY-----"
bool has_private_key(const std::string& pem) { return pem.find(" PRIVATE KEY-----") != std::string::npos; }

}  // namespace

Result<Certificates> read_certificates(const std::string& path) {
  const auto content = read_file(path, largest_tls_file);
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
  if (certificates.empty() && has_private_key(*content)) {
    return unusable("it holds a private key, not a certificate: are certificate and key swapped?");
  }
  if (certificates.empty()) return unusable("it holds no certificate in PEM (-----BEGIN CERTIFICATE-----)");
  return certificates;
}

Result<PrivateKey> read_private_key(const std::string& path) {
  auto content = read_file(path, largest_tls_file);
  if (!content) return unreadable(content.error());
  const Secret wiped_at_the_end(std::move(*content));
  const auto& pem = wiped_at_the_end.reveal();
  const PrivateKey key(PEM_read_bio_PrivateKey(reader_of(pem).get(), nullptr, no_passphrase, nullptr), EVP_PKEY_free);
  ERR_clear_error();
  if (key) return key;
  if (pem.find("ENCRYPTED") != std::string::npos) {
    return unusable("its key wants a passphrase, which nobody could type at a start; write it without one");
  }
  if (pem.find("-----BEGIN CERTIFICATE-----") != std::string::npos) {
    return unusable("it holds a certificate, not a private key: are certificate and key swapped?");
  }
  return unusable("it holds no private key in PEM (-----BEGIN PRIVATE KEY-----)");
}

bool holds_private_key(const std::string& path) {
  auto content = read_file(path, largest_tls_file);
  if (!content) return false;
  const Secret wiped_at_the_end(std::move(*content));
  return has_private_key(wiped_at_the_end.reveal());
}

bool fits(const PrivateKey& key, const Certificates& certificates) {
  const bool fit = X509_check_private_key(certificates.front().get(), key.get()) == 1;
  ERR_clear_error();
  return fit;
}

std::vector<std::string> alternative_names(const X509* certificate) {
  auto names = alternatives(certificate);
  std::erase(names, "");
  return names;
}

std::string some_of(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), names_shown); ++i) text += (i == 0 ? "" : ", ") + names[i];
  if (names.size() > names_shown) text += " and " + std::to_string(names.size() - names_shown) + " more";
  return text;
}

std::string names_of(const X509* certificate) {
  // The common name counts only where there are no others (RFC 6125 §6.4.4).
  const bool has_others = !alternatives(certificate).empty();
  return has_others ? some_of(alternative_names(certificate)) : common_name(certificate);
}

Period period_of(const X509* certificate) {
  return {time_of(X509_get0_notBefore(certificate)), time_of(X509_get0_notAfter(certificate))};
}

std::string complaint_about_period(const Certificates& certificates, WallTime now) {
  const auto [from, until] = period_of(certificates.front().get());
  if (now >= until) return "the certificate expired on " + text(until);
  if (now < from) return "the certificate is good only from " + text(from) + " on, if this machine's clock is right";
  return "";
}

std::string warning_about_period(const Certificates& certificates, WallTime now) {
  const auto until = period_of(certificates.front().get()).until;
  return now < until && until - now < soon ? "the certificate expires on " + text(until) : "";
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
