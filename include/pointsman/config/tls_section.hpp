#pragma once

#include <optional>

#include "pointsman/config/settings.hpp"
#include "pointsman/config/value.hpp"

// The `tls:` of listeners and of endpoints. The files that it names are looked at while it is read, so that what is
// wrong with them is said at their place in the file.
namespace pointsman::config {

// {certificate, key}
void read_listener_tls(const Value& value, std::optional<CertificateFiles>& tls);

// {ca, certificate, key, server_name, verify}
void read_endpoint_tls(const Value& value, EndpointTls& tls);

}  // namespace pointsman::config
