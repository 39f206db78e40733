#pragma once

#include "pointsman/http/connection.hpp"

namespace pointsman::proxy {

// Waits before a request is tried again; late by a tick of the worker at most. False: the client has left, and that
// ended it at once.
net::Task<bool> pause(http::Connection& client, Milliseconds duration);

}  // namespace pointsman::proxy
