#pragma once

#include <optional>
#include <string>

#include "pointsman/config/settings.hpp"
#include "pointsman/config/value.hpp"

// The `tls:` of listeners and of endpoints. The files that it names are looked at while it is read, so that what is
// wrong with them is said at their place in the file.
namespace pointsman::config {

// {certificate, key}
void read_listener_tls(const Value& value, std::optional<CertificateFiles>& tls);

// A PEM file of authorities.
void read_authorities(const Value& value, std::string& file);

// The name or the address for which an endpoint's certificate was made, in its one way of writing; "" if it is none.
std::string certified_name(const std::string& text);

// {ca, certificate, key, server_name, verify}
void read_endpoint_tls(const Value& value, EndpointTls& tls);

}  // namespace pointsman::config
