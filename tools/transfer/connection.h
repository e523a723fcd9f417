/*
 * connection.h - messages to and from a primary, each wait bounded.
 */
#ifndef TRANSFER_CONNECTION_H
#define TRANSFER_CONNECTION_H

#include <sys/socket.h>

#include <stddef.h>
#include <stdint.h>

#include "tools/transfer/message.h"

#define CONNECTION_CONNECT_MAX 10 /* seconds until a connection is there */
#define CONNECTION_IDLE_MAX 30	  /* seconds without an octet */
#define CONNECTION_UDP_MAX 2	  /* seconds until an answer over UDP */

struct connection {
	int socket;
	bool is_tcp;
	int64_t deadline; /* in milliseconds of connection_clock() */
};

/* Milliseconds of a clock that only goes forward. */
int64_t connection_clock(void);

/*
 * Open a connection to ADDRESS, to be used until DEADLINE. 0, or POL_EIO with
 * errno set: ETIMEDOUT where a wait took too long, EPIPE where the primary
 * ended the connection, as below. Close with connection_close().
 */
int connection_open(const struct sockaddr_storage *address, bool is_tcp,
    int64_t deadline, struct connection *connection);
void connection_close(struct connection *connection);

int connection_send(
    struct connection *connection, const uint8_t *wire, size_t len);

/* Receive a message into the MESSAGE_MAX octets at WIRE. */
int connection_receive(
    struct connection *connection, uint8_t *wire, size_t *len);

#endif
