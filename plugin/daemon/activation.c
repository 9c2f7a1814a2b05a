/* systemd's socket activation. */
#include "daemon/activation.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>

int
activation_take(int *ret, struct err *e)
{
	int n = sd_listen_fds(1), fd = SD_LISTEN_FDS_START, flags;

	*ret = -1;
	if (n < 0)
		return err_errno(e, -n, "socket activation");
	if (n == 0)
		return 0;
	if (n > 1)
		return err_set(e, ERR_CONFIG,
		    "socket activation: %d sockets, one is expected", n);
	if (sd_is_socket_unix(fd, SOCK_STREAM, 1, NULL, 0) <= 0)
		return err_set(e, ERR_CONFIG,
		    "socket activation: no listening Unix stream socket");
	flags = fcntl(fd, F_GETFL);
	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return err_errno(e, errno, "socket activation");
	*ret = fd;
	return 0;
}
