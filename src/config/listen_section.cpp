#include "pointsman/config/listen_section.hpp"

#include "pointsman/config/kinds.hpp"

namespace pointsman::config {
namespace {

void read_address(const Value& value, Address& address) {
  const auto text = value.text();
  if (!text) return;
  auto parsed = parse_address(*text);
  if (!parsed) return value.complain("is wrong: " + parsed.error().message);
  address = std::move(*parsed);
}

// Serving plain text where somebody asked for TLS would be worse than not serving.
void refuse_tls(const Value& value, bool&) {
  value.complain(
      "is not there yet: this version does not serve TLS. Listen on 127.0.0.1, put a proxy that terminates TLS in "
      "front, and leave `tls` out");
}

}  // namespace

void read_listener(const Value& value, Address& address) {
  if (value.kind() != Node::Kind::mapping) return read_address(value, address);
  Mapping keys(value);
  keys.require("address", read_address, address);
  bool unused = false;
  keys.read("tls", refuse_tls, unused);
}

void read_listen(const Value& value, std::vector<Address>& listen) {
  listen.clear();
  if (value.kind() != Node::Kind::sequence) return read_listener(value, listen.emplace_back());
  Distinct addresses;
  for (const auto& item : value.some_items()) {
    auto& address = listen.emplace_back();
    read_listener(item, address);
    const bool is_free_to_repeat = address.port == 0 && address.unix_path.empty();
    if (is_free_to_repeat) continue;
    if (const auto line = addresses.earlier(address.text(), item.place())) {
      item.complain("has the address of line " + std::to_string(*line) + " again");
    }
  }
}

}  // namespace pointsman::config
