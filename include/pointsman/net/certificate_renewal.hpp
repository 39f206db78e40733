#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "pointsman/config/certificate.hpp"
#include "pointsman/net/deadline.hpp"
#include "pointsman/net/tls_server.hpp"
#include "pointsman/net/worker.hpp"
#include "pointsman/observe/log.hpp"

namespace pointsman::net {

// Why a listener goes on with an old certificate.
struct CertificateFailure {
  std::string listener;  // its address
  config::CertificateFiles files;
  std::string cause;           // what is wrong with them
  std::chrono::seconds lasts;  // so far
};

// Looks every five seconds whether the files of a listener's certificate have changed, and hands on the TLS with the
// new one. As long as they are of no use, the certificate that was read last stays; that is said only if the
// next look finds them so as well, because two files cannot be replaced at once, and logged once. Lives on the control
// plane's worker, for the disk may be slow.
class CertificateRenewal final : private Deadline {
 public:
  static constexpr Milliseconds interval{5'000};
  using Adopt = std::function<void(TlsServer)>;

  // `listener` is its address, for the log; `identity` what it shows now.
  CertificateRenewal(Worker& worker, observe::Log& log, std::string listener, config::CertificateFiles files,
                     config::Identity identity, Adopt adopt);

  // Nothing: what is shown is what the files hold, as far as it is known.
  std::optional<CertificateFailure> failure() const;

 private:
  void expired() override;
  void look();
  void take(config::Identity identity);
  void keep(const std::string& complaint);
  void warn();

  Worker& worker_;
  observe::Log& log_;
  std::string listener_;
  config::CertificateFiles files_;
  config::Identity identity_;
  Adopt adopt_;
  MonotonicTime next_look_;
  std::string complaint_;          // of the last look; empty: all was well
  MonotonicTime failing_since_{};  // that complaint, or others before it
  bool complained_ = false;
  bool warned_ = false;
};

// Of those that there are.
std::vector<CertificateFailure> failures_of(std::span<const std::unique_ptr<CertificateRenewal>> renewals);

}  // namespace pointsman::net
