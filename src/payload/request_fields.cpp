#include "pointsman/payload/request_fields.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <limits>
#include <string>
#include <utility>

#include "on_demand.hpp"
#include "pointsman/payload/key_meaning.hpp"
#include "scan_error.hpp"
#include "structure.hpp"

namespace pointsman::payload {
namespace {

using ondemand::json_type;
using simdjson::error_code;

static_assert(padding >= simdjson::SIMDJSON_PADDING);

// simdjson's buffers take about six bytes for each byte of the largest body. They are kept for bodies of up to
// kept_capacity bytes, and made for least_capacity at least, so that a worker is warm after its first requests.
constexpr std::size_t kept_capacity = std::size_t{1} << 20;
constexpr std::size_t least_capacity = std::size_t{64} << 10;

std::string_view without_byte_order_mark(std::string_view body) {
  return body.starts_with("\xef\xbb\xbf") ? body.substr(3) : body;
}

// Go's encoding/json, and so Ollama, takes `Model` for `model` and the last one wins. Whoever sent both would name one
// model to us and another one to the endpoint.
bool means_model(std::string_view key) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; };
  return std::ranges::equal(key, std::string_view("model"), {}, lower);
}

Error misspelt(std::string_view key, std::string_view name) {
  return refusal("The request body has the key `" + std::string(key) + "`. Write `" + std::string(name) + "`.");
}

bool is(ondemand::value& value, json_type type) {
  const auto found = value.type();
  return !found.error() && found.value_unsafe() == type;
}

// simdjson's token reaches to the next one.
std::string_view string_token(ondemand::value& value) {
  const std::string_view token = value.raw_json_token();
  return token.substr(0, token.find_last_of('"') + 1);
}

Error two_keys(std::string_view key) {
  return refusal("The request body has two `" + std::string(key) + "` keys. Send one.");
}

// How the reading of one value ended.
struct Reading {
  error_code error = simdjson::SUCCESS;  // of the JSON
  std::optional<Error> refused;          // of what it says
};

Reading refused(Error error) { return {simdjson::SUCCESS, std::move(error)}; }

Reading read_stream(ondemand::value& value, std::optional<bool>& stream) {
  if (stream) return refused(two_keys("stream"));
  stream = false;
  if (is(value, json_type::null) && !value.is_null().error()) return {};
  if (value.get_bool().get(*stream)) return refused(refusal("`stream` must be true or false."));
  return {};
}

// What is no boolean is left to the endpoint to refuse.
Reading read_flag(std::string_view key, ondemand::value& value, std::optional<bool>& flag) {
  if (flag) return refused(two_keys(key));
  flag = false;
  if (!is(value, json_type::boolean)) return {check_structure(value, 2), {}};
  return {value.get_bool().get(*flag), {}};
}

bool bounds_output(std::string_view key) {
  return key == "max_tokens" || key == "max_completion_tokens" || key == "max_output_tokens";
}

// What is no whole number is left to the endpoint to refuse, and says nothing.
Reading read_bound(ondemand::value& value, std::uint32_t& most) {
  if (is(value, json_type::number)) {
    const std::string_view token = value.raw_json_token();
    const auto digits = token.substr(0, token.find_first_of(" \t\r\n,}"));
    std::uint32_t bound = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bound);
    if (error == std::errc::result_out_of_range) bound = std::numeric_limits<std::uint32_t>::max();
    if (end == digits.data() + digits.size()) most = std::max(most, bound);
  }
  return {check_structure(value, 2), {}};
}

// The name of something that an endpoint keeps, copied out of simdjson's buffers.
struct Reference {
  bool has_been = false;
  std::size_t size = 0;  // 0: it names nothing
  std::array<char, max_reference_size> text;

  std::optional<std::string_view> name() const {
    return size == 0 ? std::nullopt : std::optional(std::string_view(text.data(), size));
  }
};

Reading read_name(std::string_view key, ondemand::value& value, Reference& reference) {
  if (is(value, json_type::null)) return {check_structure(value, 3), {}};
  if (!is(value, json_type::string))
    return refused(refusal("`" + std::string(key) + "` must be the name of something."));
  std::string_view name;
  if (const error_code error = value.get_string().get(name)) return {error, {}};
  if (name.size() > max_reference_size) {
    return refused(refusal("`" + std::string(key) + "` is longer than " + std::to_string(max_reference_size) +
                           " bytes: nothing has such a name."));
  }
  const auto is_unfit = [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == '\x7f'; };
  if (std::ranges::any_of(name, is_unfit)) {
    return refused(refusal("`" + std::string(key) + "` has a blank or a control character: nothing has such a name."));
  }
  std::ranges::copy(name, reference.text.begin());
  reference.size = name.size();
  return {};
}

// A string, or an object with an `id`.
Reading read_reference(std::string_view key, ondemand::value& value, Reference& reference) {
  if (reference.has_been) return refused(two_keys(key));
  reference.has_been = true;
  if (!is(value, json_type::object)) return read_name(key, value, reference);
  ondemand::object object;
  if (const error_code error = value.get_object().get(object)) return {error, {}};
  bool has_id = false;
  for (auto field : object) {
    std::string_view inner;
    if (const error_code error = field.unescaped_key().get(inner)) return {error, {}};
    ondemand::value each;
    if (const error_code error = field.value().get(each)) return {error, {}};
    const bool is_id = means(inner, "id");
    if (is_id && inner != "id") return refused(misspelt(inner, "id"));
    if (is_id && std::exchange(has_id, true)) return refused(two_keys("id"));
    auto reading = is_id ? read_name(key, each, reference) : Reading{check_structure(each, 3), {}};
    if (reading.error || reading.refused) return reading;
  }
  return {};
}

Reading read_type(ondemand::value& value, std::optional<std::string>& type) {
  if (!is(value, json_type::string)) return {check_structure(value, 2), {}};
  std::string_view text;
  if (!value.get_string().get(text)) type = text;
  return {};
}

Reading read_object(ondemand::value& value, std::optional<std::string_view>& found) {
  if (!is(value, json_type::object)) return {check_structure(value, 2), {}};
  ondemand::object object;
  if (const error_code error = value.get_object().get(object)) return {error, {}};
  std::string_view text;
  if (const error_code error = object.raw_json().get(text)) return {error, {}};
  // simdjson's text reaches to the next token.
  found = text.substr(0, text.find_last_of('}') + 1);
  return {};
}

}  // namespace

class RequestScanner::Parser {
 public:
  // `event`: nullptr where the body is none.
  Result<RequestFields> scan(std::string_view body, EventFields* event, std::string_view& error_param);
  void release() { parser_ = ondemand::parser(); }

 private:
  error_code reserve(std::size_t size);
  Reading read_any(std::string_view key, ondemand::value& value, std::string_view body, std::string_view& error_param);
  Reading read(std::string_view key, ondemand::value& value, std::string_view body, std::string_view& error_param);
  std::optional<Error> read_model(std::string_view key, ondemand::value& value, std::string_view body);

  ondemand::parser parser_;
  std::array<char, max_model_size> model_;

  // Of the scan at hand.
  RequestFields fields_;
  std::optional<bool> stream_;
  std::optional<bool> background_;
  std::optional<bool> store_;
  Reference previous_response_;
  Reference conversation_;
  EventFields* event_ = nullptr;
  bool has_type_ = false;
  bool has_response_ = false;
};

error_code RequestScanner::Parser::reserve(std::size_t size) {
  if (size <= parser_.capacity()) return simdjson::SUCCESS;
  return parser_.allocate(size > kept_capacity ? size : std::bit_ceil(std::max(size, least_capacity)));
}

std::optional<Error> RequestScanner::Parser::read_model(std::string_view key, ondemand::value& value,
                                                        std::string_view body) {
  if (key != "model") return refusal("The request body has the key `" + std::string(key) + "`. Write `model`.");
  if (fields_.model) return two_keys("model");
  if (!is(value, json_type::string)) return refusal("`model` must be a string: the name of a model.");

  const std::string_view token = string_token(value);
  std::string_view name;
  if (value.get_string().get(name)) return refusal("`model` contains an invalid escape sequence.");
  if (name.empty()) return refusal("`model` is empty. Name a model.");
  if (name.size() > max_model_size) {
    return refusal("`model` is longer than " + std::to_string(max_model_size) + " bytes. Name a model.");
  }

  std::ranges::copy(name, model_.begin());
  fields_.model = std::string_view(model_.data(), name.size());
  fields_.model_offset = static_cast<std::size_t>(token.data() - body.data());
  fields_.model_size = token.size();
  return std::nullopt;
}

Reading RequestScanner::Parser::read(std::string_view key, ondemand::value& value, std::string_view body,
                                     std::string_view& error_param) {
  if (means_model(key)) {
    error_param = "model";
    return {simdjson::SUCCESS, read_model(key, value, body)};
  }
  if (key == "stream") {
    error_param = "stream";
    return read_stream(value, stream_);
  }
  if (bounds_output(key)) return read_bound(value, fields_.most_output);
  if (key == "background") {
    error_param = "background";
    return read_flag(key, value, background_);
  }
  if (key == "store") {
    error_param = "store";
    return read_flag(key, value, store_);
  }
  if (means(key, "previous_response_id")) {
    error_param = "previous_response_id";
    return key == error_param ? read_reference(key, value, previous_response_) : refused(misspelt(key, error_param));
  }
  if (means(key, "conversation")) {
    error_param = "conversation";
    return key == error_param ? read_reference(key, value, conversation_) : refused(misspelt(key, error_param));
  }
  if (means(key, "models") || means(key, "fallbacks")) {
    fields_.more_models = fields_.more_models || !is(value, json_type::null);
  }
  return {check_structure(value, 2), {}};
}

// Of an event its own keys as well.
Reading RequestScanner::Parser::read_any(std::string_view key, ondemand::value& value, std::string_view body,
                                         std::string_view& error_param) {
  const bool is_type = event_ != nullptr && means(key, "type");
  const bool is_response = event_ != nullptr && means(key, "response");
  if (!is_type && !is_response) return read(key, value, body, error_param);
  error_param = is_type ? "type" : "response";
  if (key != error_param) return refused(misspelt(key, error_param));
  if (std::exchange(is_type ? has_type_ : has_response_, true)) return refused(two_keys(key));
  return is_type ? read_type(value, event_->type) : read_object(value, event_->response);
}

Result<RequestFields> RequestScanner::Parser::scan(std::string_view body, EventFields* event,
                                                   std::string_view& error_param) {
  const std::string_view json = without_byte_order_mark(body);
  if (const error_code error = reserve(json.size())) return scan_error(error);
  ondemand::document document;
  if (const error_code error = parser_.iterate(json, json.size() + padding).get(document)) return scan_error(error);
  ondemand::object object;
  if (const error_code error = document.get_object().get(object)) return scan_error(error);

  const auto stopped = [&](error_code error) {
    const auto location = document.current_location();
    if (location.error()) return scan_error(error);
    return scan_error(error, static_cast<std::size_t>(location.value_unsafe() - body.data()));
  };

  fields_ = {};
  stream_ = background_ = store_ = std::nullopt;
  previous_response_.has_been = conversation_.has_been = false;
  previous_response_.size = conversation_.size = 0;
  event_ = event;
  has_type_ = has_response_ = false;
  for (auto field : object) {
    std::string_view key;
    if (const error_code error = field.unescaped_key().get(key)) return stopped(error);
    ondemand::value value;
    if (const error_code error = field.value().get(value)) return stopped(error);

    auto reading = read_any(key, value, body, error_param);
    if (reading.refused) return *std::move(reading.refused);
    error_param = {};
    if (reading.error) return stopped(reading.error);
  }
  // At the end there is no location.
  if (!document.current_location().error()) return stopped(simdjson::TRAILING_CONTENT);

  fields_.stream = stream_.value_or(false);
  fields_.background = background_.value_or(false);
  fields_.store = store_.value_or(false);
  fields_.previous_response = previous_response_.name();
  fields_.conversation = conversation_.name();
  return fields_;
}

RequestScanner::RequestScanner() : parser_(std::make_unique<Parser>()) {}
RequestScanner::~RequestScanner() = default;

Result<RequestFields> RequestScanner::scan(std::string_view body, std::string_view& error_param) {
  return scan(body, nullptr, error_param);
}

Result<RequestFields> RequestScanner::scan_event(std::string_view body, EventFields& event,
                                                 std::string_view& error_param) {
  event = {};
  return scan(body, &event, error_param);
}

Result<RequestFields> RequestScanner::scan(std::string_view body, EventFields* event, std::string_view& error_param) {
  error_param = {};
  auto fields = parser_->scan(body, event, error_param);
  if (body.size() > kept_capacity) parser_->release();
  return fields;
}

}  // namespace pointsman::payload
