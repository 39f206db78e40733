#include "pointsman/http/websocket_handshake.hpp"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>

namespace pointsman::http {
namespace {

constexpr std::string_view key_field = "Sec-WebSocket-Key";
constexpr std::string_view protocol_field = "Sec-WebSocket-Protocol";
constexpr std::string_view key_prefix = "openai-insecure-api-key.";
constexpr std::size_t key_size = 16;  // bytes, before base64

std::string base64(const unsigned char* bytes, std::size_t size) {
  std::string text(4 * ((size + 2) / 3), '\0');
  // It ends with a NUL, for which std::string has room.
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes, static_cast<int>(size));
  return text;
}

bool is_key(std::string_view text) {
  if (text.size() != 24 || !text.ends_with("==")) return false;
  return std::ranges::all_of(text.substr(0, 22), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
  });
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t";
  const auto begin = std::min(text.find_first_not_of(blanks), text.size());
  return text.substr(begin, text.find_last_not_of(blanks) + 1 - begin);
}

// The next element of a comma-separated list, taken off.
std::string_view take_element(std::string_view& list) {
  const auto end = std::min(list.find(','), list.size());
  const auto element = trimmed(list.substr(0, end));
  list.remove_prefix(std::min(end + 1, list.size()));
  return element;
}

}  // namespace

bool asks_for_websocket(const RequestHead& head) {
  return head.method == "GET" && head.minor_version >= 1 && head.fields.has_token(FieldName::connection, "upgrade") &&
         head.fields.has_token(FieldName::upgrade, "websocket");
}

std::optional<Rejection> judge_websocket(const RequestHead& head) {
  const auto version = head.fields.find("Sec-WebSocket-Version");
  if (head.fields.count("Sec-WebSocket-Version") != 1 || *version != "13") {
    return Rejection{426, "the only version of WebSocket understood is 13 (RFC 6455)"};
  }
  const auto key = head.fields.find(key_field);
  if (head.fields.count(key_field) != 1 || !is_key(*key)) {
    return Rejection{400, "Sec-WebSocket-Key must be 16 bytes in base64, once"};
  }
  const auto length = head.fields.find(FieldName::content_length);
  if (head.fields.count(FieldName::transfer_encoding) > 0 || (length && *length != "0")) {
    return Rejection{400, "a WebSocket handshake has no body"};
  }
  return std::nullopt;
}

std::string websocket_accept(std::string_view key) {
  const std::string text = std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned int size = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr);
  return base64(digest.data(), size);
}

std::string websocket_key() {
  std::array<unsigned char, key_size> bytes{};
  RAND_bytes(bytes.data(), static_cast<int>(bytes.size()));
  return base64(bytes.data(), bytes.size());
}

bool accepts_websocket(const ResponseHead& head, std::string_view key) {
  constexpr std::string_view accept_field = "Sec-WebSocket-Accept";
  return head.status == 101 && head.fields.has_token(FieldName::upgrade, "websocket") &&
         head.fields.has_token(FieldName::connection, "upgrade") && head.fields.count(accept_field) == 1 &&
         *head.fields.find(accept_field) == websocket_accept(key);
}

std::optional<std::string_view> offered_key(const RequestHead& head) {
  for (const auto& field : head.fields) {
    if (!equal_ignoring_case(field.name, protocol_field)) continue;
    for (auto list = field.value; !list.empty();) {
      const auto element = take_element(list);
      if (element.starts_with(key_prefix)) return element.substr(key_prefix.size());
    }
  }
  return std::nullopt;
}

std::string without_keys(std::string_view protocols) {
  std::string rest;
  while (!protocols.empty()) {
    const auto element = take_element(protocols);
    if (element.empty() || element.starts_with(key_prefix)) continue;
    rest.append(rest.empty() ? "" : ", ").append(element);
  }
  return rest;
}

}  // namespace pointsman::http
