/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The calls of libpith on the guest's files; pith.h has the rules of all calls. The requests and
 * their exact meaning are in docs/reference/protocol.md, sections 5 and 6.
 *
 * The first of these calls hands the connection to a worker, a process of the agent for file requests: after that only
 * these calls, pith_ping() and pith_close() accept the connection.
 *
 * Paths and names are bytes, ending with a NUL, as in Linux. They need not be UTF-8 and may hold control characters,
 * which the caller replaces before showing them on a terminal.
 */
#pragma once

#include "pith.h"

#define PITH_PATH_SIZE 4096	/* the longest path and its NUL */

/* The user, the root directory and the timeout of a call. A NULL pointer means uid 0, the guest's / and no deadline. */
struct pith_where {
	const char *root;	/* the directory that the call sees as /; or NULL: the guest's / */
	const char *user;	/* "name", "uid", "name:group", "uid:gid"; or NULL: uid 0 */
	int64_t timeout_ms;	/* PITH_FOREVER, or how long the agent may be silent; a transfer as a whole may take longer */
};

enum pith_file_type {
	PITH_FILE_OTHER,	/* a type that this library does not know */
	PITH_FILE_REGULAR,
	PITH_FILE_DIRECTORY,
	PITH_FILE_SYMLINK,
	PITH_FILE_FIFO,
	PITH_FILE_SOCKET,
	PITH_FILE_BLOCK,
	PITH_FILE_CHAR,
};

struct pith_file {
	enum pith_file_type type;
	uint64_t size_bytes;
	uint64_t allocated_bytes;
	uint32_t mode;		/* the permission bits, 0 to 07777 */
	uint32_t uid;
	uint32_t gid;
	uint64_t links;
	int64_t mtime_us;	/* CLOCK_REALTIME; negative before 1970 */
	int64_t ctime_us;
	char version[128];	/* new whenever the file may have changed; compare for equality only */
};

enum pith_links {
	PITH_LINKS_FOLLOW,
	PITH_LINKS_KEEP,	/* act on a symbolic link at the end of the path itself */
};

enum pith_code pith_file_stat(struct pith_conn *conn, const struct pith_where *where, const char *path,
			      enum pith_links links, struct pith_file *ret, struct pith_error *err);

struct pith_read_options {
	uint64_t offset_bytes;
	uint64_t length_bytes;		/* at most this many; 0: to the end of the file */
	const char *if_changed_since;	/* a version: send nothing if the file still has it; or NULL */
	struct pith_sink output;	/* an fd may block, without a deadline */
	/* Called when the file is open, before its first byte. 0, or -errno to stop: PITH_OUTPUT_FAILED. May be NULL. */
	int (*started)(void *user, const struct pith_file *file);
	void *user;
};

struct pith_read_result {
	bool changed;		/* false: the file still has the version if_changed_since, and nothing was sent */
	bool stable;		/* false: the file changed during the read, and the bytes may be of two versions */
	uint64_t sent_bytes;
	struct pith_file file;	/* after reading */
};

/* Reads a regular file. After a failure of the sink the connection is good for pith_close() only. */
enum pith_code pith_file_read(struct pith_conn *conn, const struct pith_where *where, const char *path,
			      const struct pith_read_options *options, struct pith_read_result *ret,
			      struct pith_error *err);

enum pith_write_how {
	PITH_WRITE_REPLACE,	/* the file gets its name after its last byte; the old file stays until then */
	PITH_WRITE_CREATE_NEW,	/* as REPLACE, but an existing name is an error */
	PITH_WRITE_APPEND,	/* writes to the end of the existing file */
	PITH_WRITE_AT,		/* writes to the existing file, at offset_bytes */
};

enum pith_fsync {
	PITH_FSYNC_NONE,
	PITH_FSYNC_FILE,
	PITH_FSYNC_ALL,		/* the directory too */
};

struct pith_write_options {
	enum pith_write_how how;
	uint64_t offset_bytes;
	const char *partial;	/* the name of an upload that can be resumed; or NULL */
	const char *if_unchanged_since;	/* REPLACE: the version that the file must still have, else nothing is changed; or NULL */
	bool has_mode;
	uint32_t mode;
	const char *owner;	/* or NULL */
	bool has_mtime;
	int64_t mtime_us;
	bool parents;		/* make missing parent directories */
	enum pith_fsync fsync;
	struct pith_source input;	/* an fd or a callback; an fd may block, without a deadline */
	/*
	 * Called before the first byte of input is read. offset_bytes is the first byte that the agent needs, above 0
	 * if a partial upload goes on. 0, or -errno to stop: PITH_INPUT_FAILED. May be NULL.
	 */
	int (*started)(void *user, uint64_t offset_bytes);
	void *user;
};

/*
 * Writes input, up to its end, to a file. On failure PITH_WRITE_REPLACE and _CREATE_NEW leave the file unchanged. After
 * PITH_INPUT_FAILED the connection is good for pith_close() only. *ret_written may be NULL.
 */
enum pith_code pith_file_write(struct pith_conn *conn, const struct pith_where *where, const char *path,
			       const struct pith_write_options *options, uint64_t *ret_written, struct pith_file *ret,
			       struct pith_error *err);

/* One entry of pith_dir_list(). */
struct pith_dir_entry {
	const char *path;	/* relative to the directory; never absolute, no "." or "..", no empty part */
	const char *target;	/* of a symbolic link, else NULL */
	const char *problem;	/* "EACCES": why a directory could not be read; else NULL */
	struct pith_file file;
	const char *json;	/* the agent's entry, unchanged; valid until the callback returns, like the other three */
};

/*
 * Calls each() for every entry of a directory, depth levels deep (1: no subdirectories), in the guest's order; a directory comes
 * before its entries. each() returns 0, or another number to end the call with PITH_OK. each() may make other calls on
 * conn. A path that leaves the directory is PITH_BAD_REPLY.
 */
enum pith_code pith_dir_list(struct pith_conn *conn, const struct pith_where *where, const char *path, unsigned depth,
			     int (*each)(void *user, const struct pith_dir_entry *entry), void *user,
			     struct pith_error *err);

struct pith_make_options {
	bool has_mode;		/* else 0755 */
	uint32_t mode;
	bool parents;		/* make missing parents too; an existing directory is no error */
};

/* options may be NULL. *ret_created (may be NULL): false if the directory existed before. */
enum pith_code pith_dir_make(struct pith_conn *conn, const struct pith_where *where, const char *path,
			     const struct pith_make_options *options, bool *ret_created, struct pith_error *err);

enum pith_remove_how {
	PITH_REMOVE_ONE,	/* a file, a symbolic link itself, an empty directory */
	PITH_REMOVE_TREE,	/* also a directory with its entries, but never the files of a mount below */
};

enum pith_code pith_remove(struct pith_conn *conn, const struct pith_where *where, const char *path,
			   enum pith_remove_how how, struct pith_error *err);

enum pith_rename_how {
	PITH_RENAME_REPLACE,
	PITH_RENAME_NO_REPLACE,
	PITH_RENAME_EXCHANGE,
};

enum pith_code pith_rename(struct pith_conn *conn, const struct pith_where *where, const char *path, const char *to,
			   enum pith_rename_how how, struct pith_error *err);

/* Copies a regular file inside the guest; to is replaced after the last byte. */
enum pith_code pith_copy(struct pith_conn *conn, const struct pith_where *where, const char *path, const char *to,
			 struct pith_file *ret, struct pith_error *err);

enum pith_code pith_link(struct pith_conn *conn, const struct pith_where *where, const char *path, const char *to,
			 struct pith_error *err);
enum pith_code pith_symlink(struct pith_conn *conn, const struct pith_where *where, const char *target,
			    const char *path, struct pith_error *err);
enum pith_code pith_readlink(struct pith_conn *conn, const struct pith_where *where, const char *path,
			     char ret_target[PITH_PATH_SIZE], struct pith_error *err);

struct pith_attributes {
	bool has_mode;
	uint32_t mode;
	const char *owner;	/* or NULL */
	bool has_mtime;
	int64_t mtime_us;
};

enum pith_code pith_set_attributes(struct pith_conn *conn, const struct pith_where *where, const char *path,
				   enum pith_links links, const struct pith_attributes *attributes,
				   struct pith_error *err);

struct pith_usage {
	uint64_t total_bytes;	/* of the file system */
	uint64_t free_bytes;
	uint64_t available_bytes;
	uint64_t entries;	/* of the directory tree, as are the following counts */
	uint64_t directories;
	uint64_t apparent_bytes;
	uint64_t allocated_bytes;
	uint64_t skipped;	/* directories that could not be entered, or are mount points */
};

/* Counts the disk usage of a directory with its subdirectories. */
enum pith_code pith_disk_usage(struct pith_conn *conn, const struct pith_where *where, const char *path,
			       struct pith_usage *ret, struct pith_error *err);

/* ret_sha256: 64 hexadecimal digits and a NUL. */
enum pith_code pith_file_hash(struct pith_conn *conn, const struct pith_where *where, const char *path,
			      char ret_sha256[65], struct pith_error *err);

struct pith_tree_counts {
	uint64_t entries;
	uint64_t file_bytes;
	uint64_t skipped;	/* entries left out: sockets, devices, mounts; import: by the patterns */
	uint64_t changed;	/* export: files that were written during the export */
	uint64_t deleted;	/* import: files that were removed */
};

/* Lists of strings end with NULL, or are NULL: empty. */
struct pith_export_options {
	const char *const *include;	/* patterns: docs/reference/protocol.md, section 6 */
	const char *const *exclude;
	const char *const *paths;	/* only these entries, relative to the directory, at most 4096; directories without entries */
	bool itself;			/* with an entry ./ for the directory itself */
	bool xattrs;
	bool devices;			/* device nodes and FIFOs too */
	bool changes;			/* only changes to the root's overlay, with whiteouts: docs/reference/protocol.md, tree_export */
	struct pith_sink output;	/* the archive; an fd may block */
};

/*
 * Writes a directory of the guest as a tar archive (pax). After a failure of the sink the connection is good for
 * pith_close() only. The archive comes from the untrusted guest: a program that unpacks it must check every entry.
 */
enum pith_code pith_tree_export(struct pith_conn *conn, const struct pith_where *where, const char *path,
				const struct pith_export_options *options, struct pith_tree_counts *ret,
				struct pith_error *err);

struct pith_import_options {
	bool parents;			/* make the directory and its missing parents */
	bool itself;			/* an entry ./ sets mode, owner and time of the directory itself */
	const char *const *include;
	const char *const *exclude;
	const char *owner;		/* of all files; or NULL: where->user */
	bool keep_owner;		/* the uids and gids of the archive */
	bool xattrs;
	bool devices;
	bool whiteouts;			/* an entry .wh.NAME removes NAME */
	bool delete_extra;		/* remove files that the archive lacks, unless the patterns leave them out */
	struct pith_source input;	/* the archive */
};

/*
 * Unpacks a tar archive (ustar, pax, GNU) to a directory of the guest. After PITH_INPUT_FAILED the connection is good for
 * pith_close() only.
 */
enum pith_code pith_tree_import(struct pith_conn *conn, const struct pith_where *where, const char *path,
				const struct pith_import_options *options, struct pith_tree_counts *ret,
				struct pith_error *err);

enum pith_change_kind {
	PITH_CHANGE_OTHER,	/* a kind that this library does not know */
	PITH_CHANGE_CREATED,
	PITH_CHANGE_MODIFIED,
	PITH_CHANGE_ATTRIBUTES,
	PITH_CHANGE_REMOVED,
	PITH_CHANGE_RENAMED,
	PITH_CHANGE_OVERFLOW,	/* changes were missed: read the directory again */
	PITH_CHANGE_STARTED,	/* the first event: from here on changes are watched */
};

struct pith_change {
	enum pith_change_kind kind;
	const char *path;	/* relative to the directory, checked as in pith_dir_list(); "" for the last two kinds */
	const char *from;	/* RENAMED: the name before, else NULL */
	bool directory;
	const char *json;	/* the agent's event, unchanged; valid until the callback returns, like the other two */
};

enum pith_watch_depth {
	PITH_WATCH_DIRECTORY,
	PITH_WATCH_TREE,
};

/*
 * Calls each() for every change in a directory, until each() returns another number than 0; after that conn accepts further
 * calls. where->timeout_ms bounds the time until PITH_CHANGE_STARTED.
 */
enum pith_code pith_watch(struct pith_conn *conn, const struct pith_where *where, const char *path,
			  enum pith_watch_depth depth, int (*each)(void *user, const struct pith_change *change),
			  void *user, struct pith_error *err);
