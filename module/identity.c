/*
 * identity.c - is this the Unbound that the module was built for?
 */
#include "module/identity.h"

#include <elf.h>
#include <link.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "sinkbound_config.h"

#define BUILD_ID_TEXT_MAX 129 /* of an ID of up to 64 octets, with the NUL */

static size_t
align4(size_t value)
{
	return (value + 3) & ~(size_t)3;
}

static void
write_hex(const uint8_t *octets, size_t count, char *text)
{
	for (size_t i = 0; i < count && 2 * i + 2 < BUILD_ID_TEXT_MAX; i++)
		snprintf(text + 2 * i, 3, "%02x", octets[i]);
}

/* Look for the build ID among the notes at DATA. */
static bool
find_in_notes(const uint8_t *data, size_t size, char *text)
{
	while (size >= sizeof(ElfW(Nhdr))) {
		ElfW(Nhdr) note;
		size_t length;
		const uint8_t *name = data + sizeof(note);

		memcpy(&note, data, sizeof(note));
		length = sizeof(note) + align4(note.n_namesz) +
		    align4(note.n_descsz);
		if (length > size)
			return false;
		if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 &&
		    memcmp(name, "GNU", 4) == 0) {
			write_hex(name + align4(note.n_namesz), note.n_descsz,
			    text);
			return true;
		}
		data += length;
		size -= length;
	}
	return false;
}

/* For dl_iterate_phdr(): the first object is the program itself. */
static int
find_in_program(struct dl_phdr_info *info, size_t size, void *text)
{
	(void)size;
	for (unsigned i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *header = &info->dlpi_phdr[i];
		const uint8_t *notes =
		    (const uint8_t *)(info->dlpi_addr + header->p_vaddr);

		if (header->p_type == PT_NOTE &&
		    find_in_notes(notes, header->p_memsz, text))
			break;
	}
	return 1;
}

bool
identity_matches(char *message, size_t size)
{
	char running[BUILD_ID_TEXT_MAX] = "";

	dl_iterate_phdr(find_in_program, running);
	if (strcmp(running, SB_UNBOUND_BUILD_ID) == 0)
		return true;
	snprintf(message, size,
	    "built for another Unbound (%s with build ID %s, this one has "
	    "%s): rebuild it with ./configure --with-unbound=DIR, DIR being "
	    "the build tree of this Unbound",
	    SB_UNBOUND_VERSION, SB_UNBOUND_BUILD_ID,
	    running[0] != '\0' ? running : "none");
	return false;
}
