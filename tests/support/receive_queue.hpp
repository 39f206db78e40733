#pragma once

#include <cstddef>
#include <cstdint>

// What the kernel knows of the connections of a local port of ours, and of their other ends: nothing on our own side
// tells whether what was sent has been read. Where the kernel does not tell either, all of these are 0 and nothing is
// waited for: the pieces of a message may then be read together, which tests less.
namespace pointsman::test {

// How many of the connections the other side holds open.
std::size_t open_there(std::uint16_t local_port);
// How many bytes that we sent the other side has not read.
std::size_t unread_there(std::uint16_t local_port);
// How many bytes that came we have not read.
std::size_t unread_here(std::uint16_t local_port);

// Waits, for a second at most, until the other side has read everything.
void wait_until_read(std::uint16_t local_port);

}  // namespace pointsman::test
