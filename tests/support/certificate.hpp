#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <functional>
#include <memory>
#include <string>

#include "pointsman/base/clock.hpp"

namespace pointsman::test {

// A certificate with its key, made for one test: from one hour ago until in thirty days, unless it says otherwise.
class Certificate {
 public:
  struct Terms {
    std::string names = "IP:127.0.0.1";  // as OpenSSL writes them: "DNS:gpu.example,IP:::1"
    std::string common_name = "";        // empty: the name of its part
    WallTime from = SystemClock().wall() - std::chrono::hours(1);
    WallTime until = SystemClock().wall() + std::chrono::days(30);
  };

  // An authority, which signs itself, and also is a server's certificate of its own.
  Certificate() : Certificate(Terms{}) {}
  explicit Certificate(const Terms& terms) { make(terms, nullptr); }
  // One that the authority signs.
  Certificate(const Terms& terms, const Certificate& authority) { make(terms, &authority); }

  const std::string& pem() const { return pem_; }
  const std::string& key() const { return key_; }
  // The key behind a passphrase.
  std::string locked_key(const std::string& passphrase) const {
    return written([&](BIO* out) {
      PEM_write_bio_PrivateKey(out, pair_.get(), EVP_aes_256_cbc(), nullptr, 0, nullptr,
                               const_cast<char*>(passphrase.c_str()));
    });
  }

 private:
  void make(const Terms& terms, const Certificate* authority) {
    pair_.reset(EVP_EC_gen("P-256"), EVP_PKEY_free);
    x509_.reset(X509_new(), X509_free);
    static long serial = 0;
    X509_set_version(x509_.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(x509_.get()), ++serial);
    ASN1_TIME_set(X509_getm_notBefore(x509_.get()), std::chrono::system_clock::to_time_t(terms.from));
    ASN1_TIME_set(X509_getm_notAfter(x509_.get()), std::chrono::system_clock::to_time_t(terms.until));
    X509_set_pubkey(x509_.get(), pair_.get());
    const std::string part = authority == nullptr ? "authority" : "server";
    const auto& called = terms.common_name.empty() ? part : terms.common_name;
    const auto* name = reinterpret_cast<const unsigned char*>(called.c_str());
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x509_.get()), "CN", MBSTRING_UTF8, name, -1, -1, 0);
    const auto& issuer = authority == nullptr ? *this : *authority;
    X509_set_issuer_name(x509_.get(), X509_get_subject_name(issuer.x509_.get()));
    add(NID_subject_alt_name, terms.names);
    if (authority == nullptr) add(NID_basic_constraints, "critical,CA:TRUE");
    X509_sign(x509_.get(), issuer.pair_.get(), EVP_sha256());
    pem_ = written([&](BIO* out) { PEM_write_bio_X509(out, x509_.get()); });
    key_ =
        written([&](BIO* out) { PEM_write_bio_PrivateKey(out, pair_.get(), nullptr, nullptr, 0, nullptr, nullptr); });
  }

  void add(int kind, const std::string& value) {
    const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension(
        X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str()), X509_EXTENSION_free);
    X509_add_ext(x509_.get(), extension.get(), -1);
  }

  static std::string written(const std::function<void(BIO*)>& write) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), BIO_free);
    write(out.get());
    char* text = nullptr;
    const long size = BIO_get_mem_data(out.get(), &text);
    return {text, static_cast<std::size_t>(size)};
  }

  std::shared_ptr<EVP_PKEY> pair_;
  std::shared_ptr<X509> x509_;
  std::string pem_;
  std::string key_;
};

}  // namespace pointsman::test
