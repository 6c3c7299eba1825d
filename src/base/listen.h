/*
 * Listening sockets from the addresses that Go's programs take.
 */
#ifndef TIDEMARK_BASE_LISTEN_H
#define TIDEMARK_BASE_LISTEN_H

#include <stdbool.h>

#include "base/err.h"

enum {
    LISTEN_BACKLOG = 64,
    LISTEN_TEXT_SIZE = 64, /* bytes of the text of any bound address, with the NUL */
};

/* Does ADDRESS switch the listener off? "0", as controller-runtime has it, and "". */
bool listen_is_off(const char *address);

/*
 * Listens for TCP connections on ADDRESS: ":8080" (all interfaces, IPv6 and
 * IPv4), "127.0.0.1:8080", "[::1]:8080", "localhost:0" (port 0: any free one).
 * The non-blocking socket goes to *RET_FD, the address that it is bound to, as
 * "127.0.0.1:38211", to TEXT. Class invalid for what is no address, conflict
 * for one in use, otherwise as errno has it: `listen tcp :8080: bind: address
 * already in use`.
 */
int listen_tcp(const char *address, int *ret_fd, char text[static LISTEN_TEXT_SIZE],
               struct err *err);

#endif
