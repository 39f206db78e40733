#include "pointsman/payload/request_fields.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <string>
#include <utility>

#include "on_demand.hpp"
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

bool is(ondemand::value& value, json_type type) {
  const auto found = value.type();
  return !found.error() && found.value_unsafe() == type;
}

// simdjson's token reaches to the next one.
std::string_view string_token(ondemand::value& value) {
  const std::string_view token = value.raw_json_token();
  return token.substr(0, token.find_last_of('"') + 1);
}

std::optional<Error> read_stream(ondemand::value& value, std::optional<bool>& stream) {
  if (stream) return refusal("The request body has two `stream` keys. Send one.");
  stream = false;
  if (is(value, json_type::null) && !value.is_null().error()) return std::nullopt;
  if (value.get_bool().get(*stream)) return refusal("`stream` must be true or false.");
  return std::nullopt;
}

}  // namespace

class RequestScanner::Parser {
 public:
  Result<RequestFields> scan(std::string_view body, std::string_view& error_param);
  void release() { parser_ = ondemand::parser(); }

 private:
  error_code reserve(std::size_t size);
  std::optional<Error> read_model(std::string_view key, ondemand::value& value, std::string_view body,
                                  RequestFields& fields);

  ondemand::parser parser_;
  std::array<char, max_model_size> model_;
};

error_code RequestScanner::Parser::reserve(std::size_t size) {
  if (size <= parser_.capacity()) return simdjson::SUCCESS;
  return parser_.allocate(size > kept_capacity ? size : std::bit_ceil(std::max(size, least_capacity)));
}

std::optional<Error> RequestScanner::Parser::read_model(std::string_view key, ondemand::value& value,
                                                        std::string_view body, RequestFields& fields) {
  if (key != "model") return refusal("The request body has the key `" + std::string(key) + "`. Write `model`.");
  if (fields.model) return refusal("The request body has two `model` keys. Send one.");
  if (!is(value, json_type::string)) return refusal("`model` must be a string: the name of a model.");

  const std::string_view token = string_token(value);
  std::string_view name;
  if (value.get_string().get(name)) return refusal("`model` contains an invalid escape sequence.");
  if (name.empty()) return refusal("`model` is empty. Name a model.");
  if (name.size() > max_model_size) {
    return refusal("`model` is longer than " + std::to_string(max_model_size) + " bytes. Name a model.");
  }

  std::ranges::copy(name, model_.begin());
  fields.model = std::string_view(model_.data(), name.size());
  fields.model_offset = static_cast<std::size_t>(token.data() - body.data());
  fields.model_size = token.size();
  return std::nullopt;
}

Result<RequestFields> RequestScanner::Parser::scan(std::string_view body, std::string_view& error_param) {
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

  RequestFields fields;
  std::optional<bool> stream;
  for (auto field : object) {
    std::string_view key;
    if (const error_code error = field.unescaped_key().get(key)) return stopped(error);
    ondemand::value value;
    if (const error_code error = field.value().get(value)) return stopped(error);

    std::optional<Error> refused;
    if (means_model(key)) {
      error_param = "model";
      refused = read_model(key, value, body, fields);
    } else if (key == "stream") {
      error_param = "stream";
      refused = read_stream(value, stream);
    } else if (const error_code error = check_structure(value, 2)) {
      return stopped(error);
    }
    if (refused) return *std::move(refused);
    error_param = {};
  }
  // At the end there is no location.
  if (!document.current_location().error()) return stopped(simdjson::TRAILING_CONTENT);

  fields.stream = stream.value_or(false);
  return fields;
}

RequestScanner::RequestScanner() : parser_(std::make_unique<Parser>()) {}
RequestScanner::~RequestScanner() = default;

Result<RequestFields> RequestScanner::scan(std::string_view body, std::string_view& error_param) {
  error_param = {};
  auto fields = parser_->scan(body, error_param);
  if (body.size() > kept_capacity) parser_->release();
  return fields;
}

}  // namespace pointsman::payload
