#ifndef NODE_ADDRESS_H
#define NODE_ADDRESS_H

#include <stdbool.h>

/*
 * Do two addresses ("unix:///run/x.sock", "/run/x.sock") lead to the same socket
 * of the node: by their paths (/var/run is /run), or because the files are one?
 */
bool address_same(const char *root, const char *a, const char *b);

/* The path in the root that it stands for; NULL if it is no Unix socket.  The
 * caller frees it. */
char *address_path(const char *root, const char *address);

#endif
