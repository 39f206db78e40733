#include "pointsman/net/certificate_renewal.hpp"

namespace pointsman::net {

CertificateRenewal::CertificateRenewal(Worker& worker, observe::Log& log, std::string listener,
                                       config::CertificateFiles files, config::Identity identity, Adopt adopt)
    : worker_(worker),
      log_(log),
      listener_(std::move(listener)),
      files_(std::move(files)),
      identity_(std::move(identity)),
      adopt_(std::move(adopt)),
      next_look_(worker.now() + interval) {
  worker_.deadlines().add(*this);
  expire_at(next_look_);
  warn();
}

std::optional<CertificateFailure> CertificateRenewal::failure() const {
  const auto lasts = worker_.now() - failing_since_;
  if (complaint_.empty() || lasts < interval) return std::nullopt;
  return CertificateFailure{listener_, files_, complaint_, std::chrono::duration_cast<std::chrono::seconds>(lasts)};
}

std::vector<CertificateFailure> failures_of(std::span<const std::unique_ptr<CertificateRenewal>> renewals) {
  std::vector<CertificateFailure> failures;
  for (const auto& each : renewals) {
    if (auto failure = each->failure()) failures.push_back(*std::move(failure));
  }
  return failures;
}

void CertificateRenewal::expired() {
  // A worker that stops expires everything again and again.
  if (worker_.now() < next_look_) return;
  next_look_ = worker_.now() + interval;
  expire_at(next_look_);
  look();
}

void CertificateRenewal::look() {
  auto found = config::read_identity(files_);
  if (!found) return keep(found.error().message);
  if (const auto complaint = config::complaint_about_period(found->certificates, worker_.clock().wall());
      !complaint.empty()) {
    return keep(complaint);
  }
  if (!(*found == identity_)) return take(std::move(*found));
  complaint_.clear();
  warn();
}

void CertificateRenewal::take(config::Identity identity) {
  auto tls = TlsServer::create(identity);
  if (!tls) return keep(tls.error().message);
  adopt_(std::move(*tls));
  identity_ = std::move(identity);
  complaint_.clear();
  warned_ = false;
  log_.write(observe::Level::info, "a listener has a new certificate", {{"address", listener_}});
  warn();
}

void CertificateRenewal::keep(const std::string& complaint) {
  if (complaint_.empty()) failing_since_ = worker_.now();
  if (complaint != complaint_) {
    complaint_ = complaint;
    complained_ = false;
    return;
  }
  if (std::exchange(complained_, true)) return;
  log_.write(
      observe::Level::error,
      "a listener's certificate cannot be renewed; it goes on with the one that it has until the files are right",
      {{"address", listener_}, {"certificate", files_.certificate}, {"key", files_.key}, {"cause", complaint}});
}

void CertificateRenewal::warn() {
  const auto warning = config::warning_about_period(identity_.certificates, worker_.clock().wall());
  if (warning.empty() || std::exchange(warned_, true)) return;
  log_.write(observe::Level::warning, "a listener's certificate expires soon; renew its files, it takes them by itself",
             {{"address", listener_}, {"certificate", files_.certificate}, {"cause", warning}});
}

}  // namespace pointsman::net
