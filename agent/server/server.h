/* SPDX-License-Identifier: Apache-2.0 */
/* Accepts connections, and turns away those who may not call. */
#pragma once

struct agent;

/* Serves a bound, listening, non-blocking socket (consumed, on failure too). 0 or -errno. */
int server_listen_fd(struct agent *agent, int fd);

/* Binds a unix socket of mode 0600 at path, in place of the file that an agent before us left, and serves it. 0 or -errno. */
int server_listen_unix(struct agent *agent, const char *path);
