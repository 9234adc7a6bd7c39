/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tar format, as POSIX has it (ustar and pax), with GNU's long names and large numbers when reading.
 *
 * Pure: no fd. Only the writing allocates, in the caller's buffer.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"

#define TAR_BLOCK 512u
#define TAR_PATH_SIZE 4096u
#define TAR_XATTR_PREFIX "SCHILY.xattr."

enum tar_type {
	TAR_FILE = '0',
	TAR_LINK = '1',
	TAR_SYMLINK = '2',
	TAR_CHAR = '3',
	TAR_BLOCK_DEVICE = '4',
	TAR_DIR = '5',
	TAR_FIFO = '6',
	TAR_PAX = 'x',
	TAR_PAX_GLOBAL = 'g',
	TAR_GNU_PATH = 'L',
	TAR_GNU_LINK = 'K',
	TAR_GNU_SPARSE = 'S',
};

enum tar_result {
	TAR_OK,
	TAR_ZERO,	/* a block of zeros: the end */
	TAR_BAD,
};

struct tar_entry {
	char type;	/* enum tar_type, or what else the archive says */
	bool is_sparse;	/* pax records say that there are holes; then real_size is the file's, size that of what is stored */
	uint32_t sparse_major;
	uint64_t real_size;
	bool has_real_name;	/* path is that of GNU.sparse.name */
	uint32_t mode;	/* 07777 at most */
	uint32_t uid, gid;
	uint32_t major, minor;
	uint32_t mtime_ns;
	int64_t mtime_s;
	uint64_t size;
	/* Last: what is behind their NULs is neither cleared nor copied, 8 KiB with each entry. */
	char path[TAR_PATH_SIZE];
	char link[TAR_PATH_SIZE];
};

/* Neither key nor value is ended by NUL. */
struct tar_record {
	const uint8_t *key, *value;
	size_t key_len, value_len;
};

/* Bytes from the end of so many bytes of data to the next block. */
static inline size_t tar_padding(uint64_t size)
{
	return (size_t)(-size & (TAR_BLOCK - 1));
}

void tar_copy_entry(struct tar_entry *to, const struct tar_entry *from);

/* Reads a header. *ret is to be used only on TAR_OK. */
enum tar_result tar_decode(const uint8_t block[TAR_BLOCK], struct tar_entry *ret);

/* Reads a number field of a header. False if the field is malformed. */
bool tar_get_number(const uint8_t *block, size_t at, size_t len, int64_t *ret);

/* Reads decimal digits and moves *at after them; false without digits, or above the largest file size. */
bool tar_get_decimal(const uint8_t **at, const uint8_t *end, uint64_t *ret);

bool tar_is_key(const struct tar_record *r, const char *key);

/* Reads the next pax record and moves *at after the record. TAR_ZERO: no record is left. */
enum tar_result tar_next_record(const uint8_t **at, const uint8_t *end, struct tar_record *ret);

/* Puts what a record says into the entry; records that say nothing of it are passed over. False: it can not be what it says. */
bool tar_apply(struct tar_entry *e, const struct tar_record *record);

/*
 * Brings a path of an archive to the one form `a/b`: without empty parts, `.`, and slashes at the ends. "" is the directory itself.
 * False: it is absolute, has `..` in it or a part that is too long for a name.
 */
bool tar_clean_path(char *path);

/* What makes an entry one that can not be in a directory; NULL: nothing. Its path, and that of a hard link, become clean. */
const char *tar_entry_problem(struct tar_entry *e);

/* Mode, owner, time and, of a file, size. */
struct stat;
void tar_set_stat(struct tar_entry *e, const struct stat *st, enum tar_type type);

void tar_put_record(struct buf *b, const char *key, const void *value, size_t len);

/* Appends the header; what it has no room for goes to pax records before it, together with those in records. */
void tar_encode(const struct tar_entry *e, const struct buf *records, struct buf *out);
