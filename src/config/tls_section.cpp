#include "pointsman/config/tls_section.hpp"

#include "pointsman/config/authority.hpp"
#include "pointsman/config/certificate.hpp"
#include "pointsman/config/kinds.hpp"

namespace pointsman::config {
namespace {

constexpr std::string_view where_paths_begin = " (a relative path begins at the directory of the configuration file)";

void complain_about_file(const Value& value, const Error& error) {
  const bool may_be_elsewhere = error.code == ErrorCode::not_found;
  value.complain("names a file that is not usable: " + error.message +
                 (may_be_elsewhere ? std::string(where_paths_begin) : ""));
}

void read_authorities(const Value& value, std::string& file) {
  path(value, file);
  if (file.empty()) return;
  if (const auto certificates = read_certificates(file); !certificates)
    complain_about_file(value, certificates.error());
}

// A period that is over is an error here, because a start is the moment at which somebody looks.
void look_at_period(const Value& value, const Certificates& certificates) {
  const auto now = SystemClock().wall();
  if (const auto complaint = complaint_about_period(certificates, now); !complaint.empty()) {
    value.complain("is of no use: " + complaint);
  }
  if (const auto warning = warning_about_period(certificates, now); !warning.empty()) {
    value.reading().problems.push_back(warning_at(value.place(), "`" + value.name() + "`: " + warning));
  }
}

void look_at_files(const Value& certificate, const Value& key, const CertificateFiles& files) {
  if (files.certificate.empty() || files.key.empty()) return;  // it was wrong, and reported
  const auto certificates = read_certificates(files.certificate);
  if (!certificates) complain_about_file(certificate, certificates.error());
  const auto private_key = read_private_key(files.key);
  if (!private_key) complain_about_file(key, private_key.error());
  if (!certificates) return;
  if (private_key && !fits(*private_key, *certificates)) {
    key.complain("names a key that does not belong to the certificate; write the two that were made together");
  }
  look_at_period(certificate, *certificates);
}

// False: neither of the two keys is there.
bool read_certificate(Mapping& keys, std::optional<CertificateFiles>& target) {
  const auto certificate = keys.find("certificate");
  const auto key = keys.find("key");
  if (certificate && key) {
    auto& files = target.emplace();
    path(*certificate, files.certificate);
    path(*key, files.key);
    look_at_files(*certificate, *key, files);
  } else if (certificate) {
    certificate->complain("needs `key` beside it: the file of its private key");
  } else if (key) {
    key->complain("needs `certificate` beside it: the file of its certificate");
  }
  return certificate || key;
}

void read_server_name(const Value& value, std::string& name) {
  const auto text = value.text();
  if (!text) return;
  const bool is_v6 = !canonical_v6(*text).empty();
  const bool is_more_than_a_host = !is_v6 && text->find_first_of("/:") != std::string::npos;
  const auto url = parse_url("https://" + (is_v6 ? "[" + *text + "]" : *text));
  if (!url || is_more_than_a_host) {
    return value.must_be("the name or the address for which the endpoint's certificate was made, such as gpu.example");
  }
  name = url->host;
}

void read_verify(const Value& value, bool& verify) {
  boolean(value, verify);
  if (verify) return;
  value.reading().problems.push_back(
      warning_at(value.place(), "`" + value.name() +
                                    "` is false: whoever answers at that address is believed, and gets the api_key and "
                                    "every request; name the endpoint's authority as `ca` instead"));
}

}  // namespace

void read_listener_tls(const Value& value, std::optional<CertificateFiles>& tls) {
  Mapping keys(value);
  const bool is_there = read_certificate(keys, tls);
  if (!is_there && keys.is_usable()) value.complain("needs the keys `certificate` and `key`: two PEM files");
}

void read_endpoint_tls(const Value& value, EndpointTls& tls) {
  Mapping keys(value);
  keys.read("ca", read_authorities, tls.ca);
  read_certificate(keys, tls.certificate);
  keys.read("server_name", read_server_name, tls.server_name);
  keys.read("verify", read_verify, tls.verify);
}

}  // namespace pointsman::config
