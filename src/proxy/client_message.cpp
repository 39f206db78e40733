#include "pointsman/proxy/client_message.hpp"

#include "pointsman/proxy/websocket_session.hpp"

namespace pointsman::proxy {

using http::FrameReader;
using http::Opcode;

std::size_t ClientMessage::feed(std::string_view bytes) {
  std::size_t all = 0;
  while (state_ == State::need_more) {
    std::size_t taken = 0;
    const auto step = reader_.step(bytes.substr(all), taken);
    const auto piece = bytes.substr(all, taken);
    all += taken;
    switch (step) {
      case FrameReader::Step::need_more: head_ += piece; return all;
      case FrameReader::Step::malformed: refuse(WebSocketSession::protocol_error, reader_.fault()); break;
      case FrameReader::Step::head:
        head_ += piece;
        begin_frame();
        break;
      case FrameReader::Step::payload: take_payload(piece); break;
    }
    if (state_ == State::need_more && reader_.at_boundary()) end_frame();
  }
  return all;
}

void ClientMessage::begin_frame() {
  const auto& head = reader_.head();
  offset_ = 0;
  control_.clear();
  if (head.opcode == Opcode::binary) {
    return refuse(WebSocketSession::unsupported_data, "a message must be text: a response.create event");
  }
  if (head.is_control()) {
    if (passes_controls_) answers_ += head_;
  } else {
    if (head.size > largest_ - text_.size()) {
      return refuse(WebSocketSession::too_big, "the message is larger than a request may be");
    }
    frames_.append(head_);
  }
  head_.clear();
}

void ClientMessage::take_payload(std::string_view piece) {
  const auto& head = reader_.head();
  if (head.is_control() && passes_controls_) {
    answers_ += piece;
  } else if (head.is_control()) {
    control_ += piece;
    http::apply_mask({control_.data() + offset_, piece.size()}, *head.mask, offset_);
  } else {
    frames_.append(piece);
    const auto begin = text_.size();
    text_.append(piece);
    http::apply_mask({text_.data() + begin, piece.size()}, *head.mask, offset_);
  }
  offset_ += piece.size();
}

void ClientMessage::end_frame() {
  const auto& head = reader_.head();
  if (head.is_control() && passes_controls_) return;
  switch (head.opcode) {
    case Opcode::ping: answers_ += http::frame(Opcode::pong, control_); break;
    case Opcode::pong: break;
    case Opcode::close:
      // What it said is said again (RFC 6455 §5.5.1).
      answers_ += http::frame(Opcode::close, control_.substr(0, 2));
      state_ = State::closed;
      break;
    default:
      if (head.final) state_ = State::complete;
  }
}

void ClientMessage::next() {
  state_ = State::need_more;
  frames_.release();
  text_.release();
}

void ClientMessage::refuse(std::uint16_t code, std::string_view why) {
  state_ = State::refused;
  code_ = code;
  why_ = why;
}

}  // namespace pointsman::proxy
