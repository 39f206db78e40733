#pragma once

#include <openssl/x509.h>

#include <memory>
#include <string>
#include <vector>

#include "pointsman/base/clock.hpp"
#include "pointsman/base/error.hpp"
#include "pointsman/config/period.hpp"
#include "pointsman/config/settings.hpp"

// The files that TLS needs, read and understood. No message holds a path or anything of a key. Safe from any thread.
namespace pointsman::config {

inline constexpr std::size_t largest_tls_file = 4 << 20;  // a bundle of all public authorities has a quarter of a MiB

using Certificates = std::vector<std::shared_ptr<X509>>;  // at least one
using PrivateKey = std::shared_ptr<EVP_PKEY>;

// The certificates of a PEM file, in its order. The error's message is a sentence about "it", the file.
Result<Certificates> read_certificates(const std::string& path);

// Whether there is a private key in a PEM file, beside whatever else; false if it cannot be read.
bool holds_private_key(const std::string& path);

// The key of a PEM file; one that wants a passphrase is an error, because nobody could type it.
Result<PrivateKey> read_private_key(const std::string& path);

// Whether the key belongs to the first certificate.
bool fits(const PrivateKey& key, const Certificates& certificates);

// The hosts and addresses for which a certificate was made, by which clients find servers (its subjectAltName, RFC 5280
// §4.2.1.6). It may be anybody's: what no name is made of is left out.
std::vector<std::string> alternative_names(const X509* certificate);

// A few of them: "gpu.example, 10.0.0.1 and 3 more"; "" if there are none.
std::string some_of(const std::vector<std::string>& names);

// For whom a certificate was made, in words; "" if it does not say.
std::string names_of(const X509* certificate);

// For how long a certificate is good.
Period period_of(const X509* certificate);

// What is wrong with the time for which the first certificate is good; "" if nothing is. It says the time.
std::string complaint_about_period(const Certificates& certificates, WallTime now);

// The same for one that is good for less than two weeks more.
std::string warning_about_period(const Certificates& certificates, WallTime now);

// What somebody proves with who he is: the first certificate is his own, the others lead to an authority.
struct Identity {
  Certificates certificates;
  PrivateKey key;

  bool operator==(const Identity& other) const;  // the same certificates and key, wherever they were read
};

// Both files, of which the key fits the certificate. Says nothing about the time for which it is good.
Result<Identity> read_identity(const CertificateFiles& files);

}  // namespace pointsman::config
