#include "pointsman/config/tls_section.hpp"

#include "pointsman/config/authority.hpp"
#include "pointsman/config/certificate.hpp"
#include "pointsman/config/file.hpp"
#include "pointsman/config/kinds.hpp"

namespace pointsman::config {
namespace {

constexpr std::string_view where_paths_begin = " (a relative path begins at the directory of the configuration file)";

void complain_about_file(const Value& value, const std::string& file, const Error& error) {
  const bool may_be_elsewhere = error.code == ErrorCode::not_found;
  value.complain("names a file that is not usable, " + file + ": " + error.message +
                 (may_be_elsewhere ? std::string(where_paths_begin) : ""));
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
  if (!certificates) complain_about_file(certificate, files.certificate, certificates.error());
  const auto private_key = read_private_key(files.key);
  if (!private_key) complain_about_file(key, files.key, private_key.error());
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
    if (certificate->reading().vocabulary.reads_named_files) look_at_files(*certificate, *key, files);
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
  const auto certified = certified_name(*text);
  if (certified.empty()) {
    return value.must_be("the name or the address for which the endpoint's certificate was made, such as gpu.example");
  }
  name = certified;
}

void read_verify(const Value& value, bool& verify) {
  boolean(value, verify);
  if (verify) return;
  value.reading().problems.push_back(
      warning_at(value.place(), "`" + value.name() +
                                    "` is false: whoever answers at that address is believed, and gets the api_key and "
                                    "every request; name the endpoint's authority as `ca` instead"));
}

// Notes the files, whether or not they are usable.
void take_content(Reading& reading, EndpointTls& tls) {
  Secret content;
  const auto take = [&](const std::string& file) {
    if (file.empty()) return;
    reading.files.push_back(file);
    const auto read = read_file(file, largest_tls_file);
    content = Secret(content.reveal() + file + "\n" + (read ? *read : ""));
  };
  take(tls.ca);
  if (tls.certificate) {
    take(tls.certificate->certificate);
    take(tls.certificate->key);
  }
  if (!content.empty()) tls.content = Sha256::of(content.reveal());
}

}  // namespace

std::string certified_name(const std::string& text) {
  const bool is_v6 = !canonical_v6(text).empty();
  if (!is_v6 && text.find_first_of("/:") != std::string::npos) return "";
  const auto url = parse_url("https://" + (is_v6 ? "[" + text + "]" : text));
  return url ? url->host : "";
}

void read_listener_tls(const Value& value, std::optional<CertificateFiles>& tls) {
  Mapping keys(value);
  auto& reading = value.reading();
  const auto before = reading.problems.size();
  const bool is_there = read_certificate(keys, tls);
  if (tls && reading.problems.size() != before) {
    for (const auto& file : {tls->certificate, tls->key}) {
      if (!file.empty()) reading.files.push_back(file);
    }
  }
  if (!is_there && keys.is_usable()) value.complain("needs the keys `certificate` and `key`: two PEM files");
}

void read_authorities(const Value& value, std::string& file) {
  path(value, file);
  if (file.empty() || !value.reading().vocabulary.reads_named_files) return;
  if (const auto certificates = read_certificates(file); !certificates)
    complain_about_file(value, file, certificates.error());
}

void read_endpoint_tls(const Value& value, EndpointTls& tls) {
  Mapping keys(value);
  keys.read("ca", read_authorities, tls.ca);
  read_certificate(keys, tls.certificate);
  keys.read("server_name", read_server_name, tls.server_name);
  keys.read("verify", read_verify, tls.verify);
  take_content(value.reading(), tls);
}

}  // namespace pointsman::config
