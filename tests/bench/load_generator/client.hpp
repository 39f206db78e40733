#pragma once

#include <span>
#include <string>

#include "answer_reader.hpp"
#include "plan.hpp"
#include "wire/socket.hpp"

namespace pointsman::bench {

// One connection that asks for whole answers, one at a time, and compares each with what the upstream sends.
class Client {
 public:
  enum class Outcome { waiting, answered, failed };

  Client(const Plan& plan, std::size_t number);

  int descriptor() const { return socket_.descriptor(); }
  bool send();
  Outcome receive(std::span<char> room);
  const std::string& failure() const { return failure_; }

 private:
  Outcome fail(std::string what);

  Socket socket_;
  std::string request_;
  AnswerReader reader_;
  std::size_t received_ = 0;  // of the answer's body
  std::string failure_;
};

}  // namespace pointsman::bench
