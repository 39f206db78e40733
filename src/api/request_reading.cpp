#include "pointsman/api/request_reading.hpp"

#include "pointsman/api/answers.hpp"
#include "pointsman/payload/form.hpp"

namespace pointsman::api {
namespace {

std::string_view content_type(const http::RequestHead& head) {
  return head.fields.find(http::FieldName::content_type).value_or("");
}

// Nothing if a body of that type is one that the API takes. JSON goes by many names, so only a form is none.
std::optional<http::ErrorAnswer> refused_type(const http::RequestHead& head, registry::BodyFormat format) {
  const bool form = payload::is_form(content_type(head));
  if (form && format == registry::BodyFormat::json) return unsupported_type(head.path, "application/json");
  if (!form && format == registry::BodyFormat::form) return unsupported_type(head.path, "multipart/form-data");
  return std::nullopt;
}

}  // namespace

net::Task<> RequestReader::read(http::Connection& client, registry::Api api, Reading& reading) {
  const auto& head = client.head();
  const auto encoding = head.fields.find(http::FieldName::content_encoding);
  if (encoding && !http::equal_ignoring_case(*encoding, "identity")) {
    reading.refusal = unknown_encoding(*encoding);
    co_return;
  }
  reading.refusal = refused_type(head, registry::row(api).body);
  if (reading.refusal) co_return;

  const auto body = co_await client.read_body();
  if (!body) {
    reading.client_left = body.error().code == ErrorCode::cancelled;
    if (!reading.client_left) reading.refusal = unreadable(body.error());
    co_return;
  }
  reading.body = *body;
  scan(head, reading);
}

void RequestReader::scan(const http::RequestHead& head, Reading& reading) {
  std::string_view wrong_field;
  const auto type = content_type(head);
  const bool form = payload::is_form(type);
  const auto scan_form = [&]() -> Result<payload::RequestFields> {
    const auto boundary = payload::form_boundary(type);
    if (!boundary) return boundary.error();
    return payload::scan_form(reading.body, *boundary, wrong_field);
  };
  const auto scanned = form ? scan_form() : scanner_.scan(reading.body, wrong_field);
  if (!scanned) {
    reading.refusal = bad_request(scanned.error().message, wrong_field);
    return;
  }
  reading.notation = form ? payload::Notation::plain : payload::Notation::json;
  reading.fields = *scanned;
  // The scanner serves other requests while this one waits, so what it lends is copied.
  if (reading.fields.model) {
    reading.model = *reading.fields.model;
    reading.fields.model = reading.model;
  }
}

}  // namespace pointsman::api
