#include "pointsman/config/listen_section.hpp"

#include "pointsman/config/kinds.hpp"
#include "pointsman/config/tls_section.hpp"

namespace pointsman::config {
namespace {

void read_address(const Value& value, Address& address) {
  const auto text = value.text();
  if (!text) return;
  auto parsed = parse_address(*text);
  if (!parsed) return value.complain("is wrong: " + parsed.error().message);
  address = std::move(*parsed);
}

}  // namespace

void read_listener(const Value& value, Listener& listener) {
  if (value.kind() != Node::Kind::mapping) return read_address(value, listener.address);
  Mapping keys(value);
  keys.require("address", read_address, listener.address);
  keys.read("tls", read_listener_tls, listener.tls);
}

void read_listen(const Value& value, std::vector<Listener>& listen) {
  listen.clear();
  if (value.kind() != Node::Kind::sequence) return read_listener(value, listen.emplace_back());
  Distinct addresses;
  for (const auto& item : value.some_items()) {
    auto& listener = listen.emplace_back();
    read_listener(item, listener);
    const auto& address = listener.address;
    const bool is_free_to_repeat = address.port == 0 && address.unix_path.empty();
    if (is_free_to_repeat) continue;
    if (const auto line = addresses.earlier(address.text(), item.place())) {
      item.complain("has the address of line " + std::to_string(*line) + " again");
    }
  }
}

}  // namespace pointsman::config
