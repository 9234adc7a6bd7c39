/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the check of another agent's file, and this agent's own note. Never: reads past the given bytes. */
#include "agent/system/upgrade_check.h"

#include <elf.h>
#include <stdbool.h>
#include <string.h>

#include "agent/exec/persist_version.h"
#include "common/version.h"

#if defined(__x86_64__)
#define OUR_MACHINE EM_X86_64
#elif defined(__aarch64__)
#define OUR_MACHINE EM_AARCH64
#else
#define OUR_MACHINE EM_NONE
#endif

#define NOTE_NAME "pith"
#define NOTE_TYPE 1u

static const struct {
	Elf64_Nhdr header;
	char name[8];
	struct upgrade_note note;
} our_note __attribute__((section(".note.pith"), used, aligned(4))) = {
	{ sizeof(NOTE_NAME), sizeof(struct upgrade_note), NOTE_TYPE },
	NOTE_NAME,
	{ PERSIST_VERSION, PERSIST_VERSION, PITH_VERSION },
};

static bool lies_within(uint64_t at, uint64_t len, uint64_t size)
{
	return at <= size && len <= size - at;
}

static uint64_t padded(uint64_t n)
{
	return (n + 3) & ~3ull;
}

/* Notes follow each other: header, name and description, each padded to 4 bytes. */
static bool find_note(const uint8_t *data, size_t size, struct upgrade_note *ret)
{
	uint64_t at = 0;

	while (lies_within(at, sizeof(Elf64_Nhdr), size)) {
		Elf64_Nhdr header;
		uint64_t name_at = at + sizeof(header), text_at;

		memcpy(&header, data + at, sizeof(header));
		text_at = name_at + padded(header.n_namesz);
		if (!lies_within(name_at, header.n_namesz, size) || !lies_within(text_at, header.n_descsz, size))
			return false;
		if (header.n_type == NOTE_TYPE && header.n_namesz == sizeof(NOTE_NAME) && header.n_descsz >= sizeof(*ret) &&
		    memcmp(data + name_at, NOTE_NAME, sizeof(NOTE_NAME)) == 0) {
			memcpy(ret, data + text_at, sizeof(*ret));
			return memchr(ret->version, '\0', sizeof(ret->version)) != NULL;
		}
		at = text_at + padded(header.n_descsz);
	}
	return false;
}

static bool read_header(const uint8_t *data, size_t size, Elf64_Ehdr *ret)
{
	if (size < sizeof(*ret))
		return false;
	memcpy(ret, data, sizeof(*ret));
	return memcmp(ret->e_ident, ELFMAG, SELFMAG) == 0 && ret->e_ident[EI_CLASS] == ELFCLASS64 && ret->e_ident[EI_DATA] == ELFDATA2LSB &&
	       (ret->e_type == ET_EXEC || ret->e_type == ET_DYN) && ret->e_phentsize == sizeof(Elf64_Phdr) &&
	       lies_within(ret->e_phoff, (uint64_t)ret->e_phnum * sizeof(Elf64_Phdr), size);
}

enum upgrade_fit upgrade_check(const uint8_t *data, size_t size, struct upgrade_note *ret_note)
{
	struct upgrade_note note = { 0 };
	bool found = false, dynamic = false;
	Elf64_Ehdr header;

	if (!read_header(data, size, &header))
		return UPGRADE_NO_PROGRAM;
	if (header.e_machine != OUR_MACHINE)
		return UPGRADE_OTHER_MACHINE;
	for (unsigned int i = 0; i < header.e_phnum; i++) {
		Elf64_Phdr segment;

		memcpy(&segment, data + header.e_phoff + i * sizeof(segment), sizeof(segment));
		if (!lies_within(segment.p_offset, segment.p_filesz, size))
			return UPGRADE_NO_PROGRAM;
		dynamic = dynamic || segment.p_type == PT_INTERP;
		if (segment.p_type == PT_NOTE && !found)
			found = find_note(data + segment.p_offset, (size_t)segment.p_filesz, &note);
	}
	if (dynamic)
		return UPGRADE_NOT_STATIC;
	if (!found)
		return UPGRADE_NO_AGENT;
	*ret_note = note;
	return note.reads <= our_note.note.state && our_note.note.state <= note.state ? UPGRADE_FITS : UPGRADE_OTHER_STATE;
}
