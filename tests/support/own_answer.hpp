#pragma once

#include <gtest/gtest.h>

#include <string_view>

#include "support/raw_client.hpp"

// What every answer of the gateway's own has in common.
namespace pointsman::test {

// Whole, application/json, with an x-request-id of ours, and from no endpoint.
testing::AssertionResult is_own_answer(const Response& response, int status);

// An own answer that is an error: {"error": {message, type, param, code}} and nothing else, the type and the fields of
// the head as the status asks for. The code is null where none is given.
testing::AssertionResult is_own_error(const Response& response, int status, std::string_view code = "");

// The message of such an error; empty if it has none.
std::string message_of(const Response& response);

}  // namespace pointsman::test
