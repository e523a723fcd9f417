/*
 * connection.c - messages to and from a primary, each wait bounded.
 */
#include "tools/transfer/connection.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "policy/error.h"

#define MS 1000 /* in a second */

int64_t
connection_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * MS + now.tv_nsec / 1000000;
}

/* Wait until the socket is ready for EVENTS, at most SECONDS and no longer
 * than the deadline. */
static int
wait_for(const struct connection *connection, short events, int seconds)
{
	int64_t end = connection_clock() + (int64_t)seconds * MS;
	struct pollfd fd = {.fd = connection->socket, .events = events};
	int ready;

	if (end > connection->deadline)
		end = connection->deadline;
	do {
		int64_t left = end - connection_clock();

		ready = left <= 0 ? 0 : poll(&fd, 1, (int)left);
	} while (ready < 0 && errno == EINTR);
	if (ready == 0)
		errno = ETIMEDOUT;
	return ready > 0 ? 0 : POL_EIO;
}

static socklen_t
address_len(const struct sockaddr_storage *address)
{
	return address->ss_family == AF_INET ? sizeof(struct sockaddr_in)
					     : sizeof(struct sockaddr_in6);
}

static int
connect_to(
    struct connection *connection, const struct sockaddr_storage *address)
{
	int error = 0;
	socklen_t len = sizeof(error);

	if (connect(connection->socket, (const struct sockaddr *)address,
		address_len(address)) == 0)
		return 0;
	if (errno != EINPROGRESS)
		return POL_EIO;
	if (wait_for(connection, POLLOUT, CONNECTION_CONNECT_MAX) != 0)
		return POL_EIO;
	if (getsockopt(
		connection->socket, SOL_SOCKET, SO_ERROR, &error, &len) != 0)
		return POL_EIO;
	errno = error;
	return error == 0 ? 0 : POL_EIO;
}

int
connection_open(const struct sockaddr_storage *address, bool is_tcp,
    int64_t deadline, struct connection *connection)
{
	int type = is_tcp ? SOCK_STREAM : SOCK_DGRAM;
	struct connection new = {.is_tcp = is_tcp, .deadline = deadline};

	new.socket =
	    socket(address->ss_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (new.socket < 0)
		return POL_EIO;
	if (connect_to(&new, address) != 0) {
		connection_close(&new);
		return POL_EIO;
	}
	*connection = new;
	return 0;
}

void
connection_close(struct connection *connection)
{
	int saved = errno;

	close(connection->socket);
	errno = saved;
}

static bool
may_come(void)
{
	return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

static int
send_all(const struct connection *connection, const uint8_t *octets, size_t len)
{
	while (len > 0) {
		ssize_t sent =
		    send(connection->socket, octets, len, MSG_NOSIGNAL);

		if (sent >= 0) {
			octets += sent;
			len -= (size_t)sent;
		} else if (!may_come() || wait_for(connection, POLLOUT,
					      CONNECTION_IDLE_MAX) != 0) {
			return POL_EIO;
		}
	}
	return 0;
}

int
connection_send(struct connection *connection, const uint8_t *wire, size_t len)
{
	uint8_t framed[2 + MESSAGE_QUERY_MAX];

	if (!connection->is_tcp)
		return send_all(connection, wire, len);
	if (len > MESSAGE_QUERY_MAX)
		return POL_EINVAL;
	ldns_write_uint16(framed, (uint16_t)len);
	memcpy(framed + 2, wire, len);
	return send_all(connection, framed, 2 + len);
}

static int
receive_all(const struct connection *connection, uint8_t *octets, size_t len)
{
	while (len > 0) {
		ssize_t got = recv(connection->socket, octets, len, 0);

		if (got > 0) {
			octets += got;
			len -= (size_t)got;
		} else if (got == 0) {
			errno = EPIPE;
			return POL_EIO;
		} else if (!may_come() || wait_for(connection, POLLIN,
					      CONNECTION_IDLE_MAX) != 0) {
			return POL_EIO;
		}
	}
	return 0;
}

static int
receive_datagram(
    const struct connection *connection, uint8_t *wire, size_t *len)
{
	ssize_t got;

	if (wait_for(connection, POLLIN, CONNECTION_UDP_MAX) != 0)
		return POL_EIO;
	got = recv(connection->socket, wire, MESSAGE_MAX, 0);
	if (got < 0)
		return POL_EIO;
	*len = (size_t)got;
	return 0;
}

int
connection_receive(struct connection *connection, uint8_t *wire, size_t *len)
{
	uint8_t framed[2];
	int rc;

	if (!connection->is_tcp)
		return receive_datagram(connection, wire, len);
	/* A primary that sends without end is never waited for. */
	if (connection_clock() >= connection->deadline) {
		errno = ETIMEDOUT;
		return POL_EIO;
	}
	rc = receive_all(connection, framed, sizeof(framed));
	if (rc == 0)
		rc = receive_all(connection, wire, ldns_read_uint16(framed));
	if (rc == 0)
		*len = ldns_read_uint16(framed);
	return rc;
}
