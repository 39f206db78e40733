#include "request_reader.hpp"

#include <algorithm>

#include "wire/head.hpp"
#include "wire/messages.hpp"

namespace pointsman::bench {
namespace {

constexpr std::size_t longest_model = 32;

Asked asked_by(std::string_view body) {
  if (!body.starts_with(body_begin)) return Asked::malformed;
  const auto name = body.substr(body_begin.size());
  if (name.starts_with(model::whole)) return Asked::whole_answer;
  if (name.starts_with(model::paced)) return Asked::paced_stream;
  if (name.starts_with(model::rapid)) return Asked::rapid_stream;
  if (name.starts_with(model::quiet)) return Asked::quiet_stream;
  return Asked::malformed;
}

Asked asked_by(std::string_view method, std::string_view path, std::string_view body) {
  const bool chat = path == "/v1/chat/completions";
  const bool models = path == "/v1/models";
  if (chat && method == "POST") return asked_by(body);
  if (models && method == "GET") return Asked::model_list;
  if (path.starts_with("/probed-") && path.ends_with("/v1/models")) return Asked::long_model_list;
  return chat || models ? Asked::wrong_method : Asked::unknown_route;
}

}  // namespace

Asked RequestReader::next(std::string_view& bytes) {
  if (body_left_ > 0) {
    const auto taken = std::min(body_left_, bytes.size());
    bytes.remove_prefix(taken);
    body_left_ -= taken;
    return body_left_ == 0 ? asked_ : Asked::nothing_yet;
  }
  if (!pending_.empty()) {
    pending_.append(bytes);
    bytes = {};
  }
  const std::string_view text = pending_.empty() ? bytes : std::string_view(pending_);
  if (!begin(text)) {
    pending_.append(bytes);
    bytes = {};
    return Asked::nothing_yet;
  }
  const auto taken = std::min(size_, text.size());
  body_left_ = size_ - taken;
  if (pending_.empty()) {
    bytes.remove_prefix(taken);
  } else {
    pending_.erase(0, taken);
  }
  return body_left_ == 0 ? asked_ : Asked::nothing_yet;
}

// False: too little is there to know what is asked.
bool RequestReader::begin(std::string_view text) {
  const auto end = text.find("\r\n\r\n");
  if (end == std::string_view::npos) return false;
  const auto head = text.substr(0, end + 2);
  const auto body = text.substr(end + 4);
  const auto body_size = number_field(head, "content-length").value_or(0);
  if (body.size() < std::min(body_size, body_begin.size() + longest_model)) return false;
  const auto method_end = head.find(' ');
  const auto path_end = head.find(' ', method_end + 1);
  asked_ = asked_by(head.substr(0, method_end), head.substr(method_end + 1, path_end - method_end - 1), body);
  size_ = end + 4 + body_size;
  return true;
}

}  // namespace pointsman::bench
