#pragma once

#include <string>

#include "pointsman/http/connection.hpp"
#include "pointsman/observe/trace.hpp"
#include "pointsman/proxy/relay.hpp"

namespace pointsman::proxy {

// Whether a client's field goes on to an endpoint: Host, framing and credentials are ours.
bool passes_on(const http::Field& field, const http::Fields& fields, const registry::SnapshotEndpoint& endpoint);

// The endpoint's key, in the field where it looks for it, if it has one.
void append_key(std::string& head, const registry::SnapshotEndpoint& endpoint);

// Whether a client's field says of its trace what we say in its place; nullptr: there is no trace, and all passes.
bool is_of_trace(const http::Field& field, const observe::Trace* trace);

// The attempt's own place in the trace, if there is one.
void append_trace(std::string& head, const observe::Trace* trace);

// How an answer's body is framed towards the client.
enum class OutgoingFraming : std::uint8_t { none, length, chunked, until_close };

OutgoingFraming outgoing_framing(const http::Framing& incoming, const http::RequestHead& request);

bool is_event_stream(const http::ResponseHead& head);
bool is_json(const http::ResponseHead& head);

// The head of an answer as the client gets it: the endpoint's status and end-to-end fields, framing and Connection of
// our own (RFC 9110 §7.6.1), and our fields.
std::string response_head(const http::ResponseHead& head, const http::Framing& incoming, OutgoingFraming outgoing,
                          bool keep_alive, const OwnFields& own);

// The body that a request's head announces.
struct SentBody {
  SentBody(std::size_t bytes, bool is_decompressed = false) : size(bytes), decompressed(is_decompressed) {}

  std::size_t size;
  bool decompressed;  // it goes without the Content-Encoding in which it came
};

// The head of a request as the endpoint gets it: the client's end-to-end fields, but the endpoint's Host and
// credentials, one Content-Length, and the attempt's place in the trace.
std::string request_head(const http::RequestHead& request, const registry::SnapshotEndpoint& endpoint,
                         std::string_view base, std::string_view path, SentBody body,
                         const observe::Trace* trace = nullptr);

}  // namespace pointsman::proxy
