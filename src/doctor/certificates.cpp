#include "pointsman/doctor/certificates.hpp"

#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <map>
#include <ranges>

#include "pointsman/config/certificate.hpp"
#include "pointsman/config/quantities.hpp"

namespace pointsman::doctor {
namespace {

constexpr const char* subject = "certificates";

std::string subject_of(X509* certificate) {
  std::array<char, 128> name{};
  X509_NAME_oneline(X509_get_subject_name(certificate), name.data(), name.size());
  return name.data();
}

bool signs_itself(X509* certificate) { return X509_self_signed(certificate, 0) == 1; }

// What is said already when the file is read.
bool is_said(const config::Certificates& certificates, WallTime now) {
  return !config::complaint_about_period(certificates, now).empty() ||
         !config::warning_about_period(certificates, now).empty();
}

enum class Role {
  shown_to_clients,
  shown_to_endpoints,
  authority,
};

std::map<std::string, Role> files_in(const config::Settings& settings) {
  std::map<std::string, Role> files;
  for (const auto& endpoint : settings.endpoints) {
    if (!endpoint.tls.ca.empty()) files.emplace(endpoint.tls.ca, Role::authority);
    if (endpoint.tls.certificate) files[endpoint.tls.certificate->certificate] = Role::shown_to_endpoints;
  }
  if (settings.traces && !settings.traces->ca_file.empty()) files.emplace(settings.traces->ca_file, Role::authority);
  for (const auto& listener : settings.listen) {
    if (listener.tls) files[listener.tls->certificate] = Role::shown_to_clients;
  }
  if (settings.operations.tls) files[settings.operations.tls->certificate] = Role::shown_to_clients;
  return files;
}

}  // namespace

Diagnosis judge_period(const std::string& path, const std::string& whose, config::Period period, WallTime now) {
  if (now >= period.until) {
    return {{Severity::error, subject, path, whose + " expired at " + config::text_of(period.until),
             "get a new one from whoever signed it, and put it into this file"}};
  }
  if (now < period.from) {
    return {{Severity::error, subject, path, whose + " is good only from " + config::text_of(period.from) + " on",
             "look whether this machine's clock is right; otherwise wait, or get another one"}};
  }
  if (period.until - now < renew_before) {
    const auto days = std::chrono::floor<std::chrono::days>(period.until - now).count();
    return {{Severity::warning, subject, path,
             whose + " expires in " + std::to_string(days) + " days, at " + config::text_of(period.until),
             "renew it; a new file in its place is taken without a restart"}};
  }
  return {};
}

Finding judge_listeners(const std::string& path, const std::vector<std::string>& names, bool signs_itself,
                        WallTime until) {
  if (names.empty()) {
    return {Severity::warning, subject, path,
            "no host and no address is in its subjectAltName, so that clients do not believe it",
            "have one made with the names that clients use: subjectAltName=DNS:gateway.internal,IP:192.0.2.7"};
  }
  std::string what = "good until " + config::text_of(until) + ", for " + config::some_of(names);
  if (signs_itself) what += "; it signs itself, so that clients have to be told to trust it (docs/tls.md)";
  return {Severity::ok, subject, path, std::move(what)};
}

Diagnosis examine_certificates(const config::Settings& settings, WallTime now) {
  Diagnosis diagnosis;
  for (const auto& [path, role] : files_in(settings)) {
    const bool holds_authorities = role == Role::authority;
    const auto certificates = config::read_certificates(path);
    if (!certificates) continue;  // reading the file said so
    const auto end_of = [](const auto& each) { return config::period_of(each.get()).until; };
    const auto first_end = std::ranges::min(*certificates | std::views::transform(end_of));
    const bool own_is_said = !holds_authorities && is_said(*certificates, now);
    Diagnosis found;
    for (std::size_t i = 0; i < certificates->size(); ++i) {
      auto* certificate = (*certificates)[i].get();
      const bool is_own = !holds_authorities && i == 0;
      if (is_own && own_is_said) continue;
      const std::string whose = (holds_authorities ? "the authority "
                                 : is_own          ? "the certificate "
                                                   : "the certificate of its chain ") +
                                subject_of(certificate);
      for (auto& each : judge_period(path, whose, config::period_of(certificate), now)) {
        // The others of a bundle may be the ones that matter.
        if (holds_authorities && certificates->size() > 1) each.severity = Severity::warning;
        found.push_back(std::move(each));
      }
    }
    auto* own = certificates->front().get();
    if (role == Role::shown_to_clients && config::alternative_names(own).empty()) {
      found.push_back(judge_listeners(path, {}, signs_itself(own), first_end));
    } else if (found.empty() && !own_is_said) {
      found.push_back(role == Role::shown_to_clients
                          ? judge_listeners(path, config::alternative_names(own), signs_itself(own), first_end)
                          : Finding{Severity::ok, subject, path, "good until " + config::text_of(first_end)});
    }
    diagnosis.insert(diagnosis.end(), found.begin(), found.end());
  }
  return diagnosis;
}

}  // namespace pointsman::doctor
