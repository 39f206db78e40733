#pragma once

#include <functional>
#include <string>

#include "pointsman/config/certificate.hpp"
#include "pointsman/net/deadline.hpp"
#include "pointsman/net/tls_server.hpp"
#include "pointsman/net/worker.hpp"
#include "pointsman/observe/log.hpp"

namespace pointsman::net {

// Looks every five seconds whether the files of a listener's certificate have changed, and hands on the TLS with the
// new one. As long as they are of no use, the certificate that was read last stays; that is logged once, and only if
// the next look finds the same, because two files cannot be replaced at once. Lives on the control plane's worker, for
// the disk may be slow.
class CertificateRenewal final : private Deadline {
 public:
  static constexpr Milliseconds interval{5'000};
  using Adopt = std::function<void(TlsServer)>;

  // `listener` is its address, for the log; `identity` what it shows now.
  CertificateRenewal(Worker& worker, observe::Log& log, std::string listener, config::CertificateFiles files,
                     config::Identity identity, Adopt adopt);

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
  std::string complaint_;  // of the last look; empty: all was well
  bool complained_ = false;
  bool warned_ = false;
};

}  // namespace pointsman::net
