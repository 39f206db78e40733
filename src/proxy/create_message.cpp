#include "pointsman/proxy/create_message.hpp"

namespace pointsman::proxy {
namespace {

void keep(std::optional<std::string_view>& lent, std::string& copy) {
  if (!lent) return;
  copy = *lent;
  lent = copy;
}

}  // namespace

http::ErrorAnswer invalid_message(int status, std::string text, std::string_view param) {
  http::ErrorAnswer answer;
  answer.status = status;
  answer.type = "invalid_request_error";
  answer.param = param;
  answer.message = std::move(text);
  return answer;
}

bool CreateMessage::read(payload::RequestScanner& scanner, std::string_view text) {
  std::string_view wrong_field;
  payload::EventFields event;
  auto scanned = scanner.scan_event(text, event, wrong_field);
  const auto& nested = event.response;
  if (scanned && nested) {
    if (scanned->model || scanned->previous_response || scanned->conversation) {
      refusal = invalid_message(
          400, "The message is a request and holds another one in 'response'. Send it in one place.", "response");
      return false;
    }
    scanned = scanner.scan(*nested, wrong_field);
  }
  if (!scanned) {
    refusal = invalid_message(400, scanned.error().message, wrong_field);
    return false;
  }
  fields = *scanned;
  // Whoever does not say what it is, or in a way that we cannot read, asks for a response.
  asks_for_response = !event.type || *event.type == "response.create";
  if (nested) fields.model_offset += static_cast<std::size_t>(nested->data() - text.data());
  // The scanner serves others while this one waits, so what it lends is copied.
  keep(fields.model, model);
  keep(fields.previous_response, previous_response);
  keep(fields.conversation, conversation);
  return true;
}

}  // namespace pointsman::proxy
