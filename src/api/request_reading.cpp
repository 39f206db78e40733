#include "pointsman/api/request_reading.hpp"

#include "pointsman/api/answers.hpp"
#include "pointsman/api/decompression.hpp"
#include "pointsman/payload/form.hpp"

namespace pointsman::api {
namespace {

std::string_view content_type(const http::RequestHead& head) {
  return head.fields.find(http::FieldName::content_type).value_or("");
}

// Nothing if a body of that type is one that the API takes. JSON goes by many names, so only a form is none.
Seldom<http::ErrorAnswer> refused_type(const http::RequestHead& head, registry::BodyFormat format) {
  if (head.fields.count(http::FieldName::content_type) > 1) {
    return bad_request("The request has two Content-Type fields. Send one.", "");
  }
  const bool form = payload::is_form(content_type(head));
  if (form && format == registry::BodyFormat::json) return unsupported_type(head.path, "application/json");
  if (!form && format == registry::BodyFormat::form) return unsupported_type(head.path, "multipart/form-data");
  return {};
}

// What the body is compressed with, if it is, and whether that can be read.
struct BodyCoding {
  std::optional<payload::Coding> coding;
  bool readable = true;
};

BodyCoding coding_of(const http::RequestHead& head) {
  const auto written = head.fields.find(http::FieldName::content_encoding);
  if (!written) return {};
  const bool single = head.fields.count(http::FieldName::content_encoding) == 1;
  if (single && http::equal_ignoring_case(*written, "identity")) return {};
  const auto coding = payload::coding_named(*written);
  return {coding, single && coding};
}

// Nothing: the body may come.
Seldom<http::ErrorAnswer> refused_body(const http::RequestHead& head, registry::BodyFormat format,
                                       const BodyCoding& coding) {
  if (!coding.readable) return unknown_encoding(*head.fields.find(http::FieldName::content_encoding));
  return refused_type(head, format);
}

// What the client should be told; it has left: nothing.
void refuse(Reading& reading, const Error& error) {
  reading.client_left = error.code == ErrorCode::cancelled;
  if (!reading.client_left) reading.refusal = unreadable(error);
}

}  // namespace

net::Task<> RequestReader::read(http::Connection& client, registry::Api api, Reading& reading) {
  const auto coding = coding_of(client.head());
  reading.refusal = refused_body(client.head(), registry::row(api).body, coding);
  if (reading.refusal) co_return;
  co_await read_body(client, reading);
  if (reading.refusal || reading.client_left) co_return;
  if (coding.coding) {
    const auto plain = co_await decompress(client, reading.body, *coding.coding);
    if (!plain) {
      refuse(reading, plain.error());
      co_return;
    }
    reading.plain = *plain;
  }
  scan(client.head(), reading);
}

net::Task<> RequestReader::read_body(http::Connection& client, Reading& reading) {
  const auto body = co_await client.read_body();
  reading.body_came = std::chrono::steady_clock::now();
  if (!body) {
    refuse(reading, body.error());
    co_return;
  }
  reading.body = reading.plain = *body;
}

void RequestReader::scan(const http::RequestHead& head, Reading& reading) {
  std::string_view wrong_field;
  const auto type = content_type(head);
  const bool form = payload::is_form(type);
  const auto scan_form = [&]() -> Result<payload::RequestFields> {
    const auto boundary = payload::form_boundary(type);
    if (!boundary) return boundary.error();
    return payload::scan_form(reading.plain, *boundary, wrong_field);
  };
  const auto scanned = form ? scan_form() : scanner_.scan(reading.plain, wrong_field);
  if (!scanned) {
    reading.refusal = bad_request(scanned.error().message, wrong_field);
    return;
  }
  reading.notation = form ? payload::Notation::plain : payload::Notation::json;
  reading.fields = *scanned;
  // The scanner serves other requests while this one waits, so what it lends is copied.
  const auto keep = [](std::optional<std::string_view>& lent, std::string& copy) {
    if (!lent) return;
    copy = *lent;
    lent = copy;
  };
  keep(reading.fields.model, reading.model);
  keep(reading.fields.previous_response, reading.previous_response);
  keep(reading.fields.conversation, reading.conversation);
}

}  // namespace pointsman::api
