/*
 * record.c - the octets of database values: see record_p.h.
 */
#include "policy/record_p.h"

#include <string.h>

#include "policy/error.h"
#include "policy/octets_p.h"

enum {
	FLAG_SCOPE = 0x0003,
	FLAG_SHADOW = 0x0004,
	FLAG_UNTIL = 0x0008,
	FLAG_ACTION = 0x0010,
	FLAG_TRIGGERS = 0x0020,
	FLAG_RISK = 0x0040,
	FLAG_REFERENCE = 0x0080,
	FLAG_CATEGORY = 0x0100,
	FLAG_TARGET = 0x0200,
	FLAG_ADDRESSES = 0x0400,
	FLAG_UNLISTED = 0x0800,
	FLAG_BY = 0x1000,
	FLAGS_ALL = 0x1fff,
};

static int
input_begin(struct input *in, const void *data, size_t len)
{
	*in = input_of(data, len);
	return get_number(in, 1) == RECORD_VERSION ? 0 : POL_ECORRUPT;
}

/* ---- the indicators of one subject ---- */

int
record_begin(struct record_reader *reader, const void *data, size_t len)
{
	struct input in;

	if (input_begin(&in, data, len) != 0)
		return POL_ECORRUPT;
	reader->next = in.next;
	reader->end = in.end;
	return 0;
}

static void
get_addresses(struct input *in, struct pol_indicator *indicator)
{
	indicator->ipv4_count = get_number(in, 1);
	indicator->ipv6_count = get_number(in, 1);
	if (indicator->ipv4_count > POL_ADDRESSES_MAX ||
	    indicator->ipv6_count > POL_ADDRESSES_MAX)
		in->failed = true;
	indicator->ipv4 = get_octets(in, 4 * indicator->ipv4_count);
	indicator->ipv6 = get_octets(in, 16 * indicator->ipv6_count);
}

static bool
is_name(const uint8_t *wire, size_t len)
{
	struct pol_name name;

	return wire != NULL && pol_name_from_wire(wire, len, &name) == 0;
}

static void
get_target(struct input *in, struct pol_indicator *indicator)
{
	indicator->target_len = get_number(in, 1);
	indicator->target = get_octets(in, indicator->target_len);
	if (!is_name(indicator->target, indicator->target_len))
		in->failed = true;
}

int
record_next(struct record_reader *reader, struct pol_indicator *indicator)
{
	struct input in = {reader->next, reader->end, false};
	struct pol_indicator found = {0};
	unsigned flags;

	if (reader->next == reader->end)
		return 0;
	found.feed = (uint16_t)get_number(&in, 2);
	flags = (unsigned)get_number(&in, 2);
	found.since = (int64_t)get_number(&in, 4);
	found.scope = (enum pol_scope)(flags & FLAG_SCOPE);
	found.shadow = (flags & FLAG_SHADOW) != 0;
	found.unlisted = (flags & FLAG_UNLISTED) != 0;
	if (flags & FLAG_UNTIL)
		found.until = (int64_t)get_number(&in, 4);
	if (flags & FLAG_ACTION)
		found.action = (enum pol_action)get_number(&in, 1);
	if (flags & FLAG_TRIGGERS)
		found.triggers = (uint8_t)get_number(&in, 1);
	if (flags & FLAG_RISK)
		found.risk = (uint8_t)get_number(&in, 1);
	if (flags & FLAG_REFERENCE) {
		found.reference_len = get_number(&in, 1);
		found.reference =
		    (const char *)get_octets(&in, found.reference_len);
	}
	if (flags & FLAG_CATEGORY) {
		found.category_len = get_number(&in, 1);
		found.category =
		    (const char *)get_octets(&in, found.category_len);
	}
	if (flags & FLAG_TARGET)
		get_target(&in, &found);
	if (flags & FLAG_ADDRESSES)
		get_addresses(&in, &found);
	if (flags & FLAG_BY) {
		found.by_len = get_number(&in, 1);
		found.by = (const char *)get_octets(&in, found.by_len);
	}
	if (in.failed || (flags & ~(unsigned)FLAGS_ALL) != 0 ||
	    found.scope > POL_BELOW || found.action > POL_ALLOW ||
	    (found.triggers & ~(unsigned)POL_SERVES_ALL) != 0 ||
	    found.risk > POL_RISK_MAX ||
	    found.category_len > POL_CATEGORY_MAX ||
	    found.by_len > POL_BY_MAX ||
	    (found.action == POL_CNAME) != (found.target_len > 0))
		return POL_ECORRUPT;
	reader->next = in.next;
	*indicator = found;
	return 1;
}

static bool
fits_u32(int64_t seconds)
{
	return seconds >= 0 && seconds <= UINT32_MAX;
}

static bool
is_writable(const struct pol_indicator *indicator)
{
	return fits_u32(indicator->since) && fits_u32(indicator->until) &&
	    indicator->reference_len <= POL_REFERENCE_MAX &&
	    indicator->category_len <= POL_CATEGORY_MAX &&
	    indicator->by_len <= POL_BY_MAX &&
	    (indicator->triggers & ~(unsigned)POL_SERVES_ALL) == 0 &&
	    indicator->risk <= POL_RISK_MAX &&
	    indicator->ipv4_count <= POL_ADDRESSES_MAX &&
	    indicator->ipv6_count <= POL_ADDRESSES_MAX &&
	    indicator->scope <= POL_BELOW && indicator->action <= POL_ALLOW &&
	    (indicator->action == POL_CNAME ?
		    is_name(indicator->target, indicator->target_len) :
		    indicator->target_len == 0);
}

int
record_write_indicator(const struct pol_indicator *indicator, uint8_t *octets)
{
	struct output out = {.out = octets};
	unsigned flags = indicator->scope;
	bool addresses = indicator->ipv4_count + indicator->ipv6_count > 0;

	if (!is_writable(indicator))
		return POL_EINVAL;
	flags |= indicator->shadow ? FLAG_SHADOW : 0;
	flags |= indicator->unlisted ? FLAG_UNLISTED : 0;
	flags |= indicator->until != 0 ? FLAG_UNTIL : 0;
	flags |= indicator->action != POL_ACTION_OF_FEED ? FLAG_ACTION : 0;
	flags |= indicator->triggers != 0 ? FLAG_TRIGGERS : 0;
	flags |= indicator->risk != 0 ? FLAG_RISK : 0;
	flags |= indicator->reference_len > 0 ? FLAG_REFERENCE : 0;
	flags |= indicator->category_len > 0 ? FLAG_CATEGORY : 0;
	flags |= indicator->target_len > 0 ? FLAG_TARGET : 0;
	flags |= addresses ? FLAG_ADDRESSES : 0;
	flags |= indicator->by_len > 0 ? FLAG_BY : 0;
	put_number(&out, indicator->feed, 2);
	put_number(&out, flags, 2);
	put_number(&out, (uint64_t)indicator->since, 4);
	if (flags & FLAG_UNTIL)
		put_number(&out, (uint64_t)indicator->until, 4);
	if (flags & FLAG_ACTION)
		put_number(&out, indicator->action, 1);
	if (flags & FLAG_TRIGGERS)
		put_number(&out, indicator->triggers, 1);
	if (flags & FLAG_RISK)
		put_number(&out, indicator->risk, 1);
	if (flags & FLAG_REFERENCE)
		put_counted(
		    &out, 1, indicator->reference, indicator->reference_len);
	if (flags & FLAG_CATEGORY)
		put_counted(
		    &out, 1, indicator->category, indicator->category_len);
	if (flags & FLAG_TARGET)
		put_counted(&out, 1, indicator->target, indicator->target_len);
	if (flags & FLAG_ADDRESSES) {
		put_number(&out, indicator->ipv4_count, 1);
		put_number(&out, indicator->ipv6_count, 1);
		put_octets(&out, indicator->ipv4, 4 * indicator->ipv4_count);
		put_octets(&out, indicator->ipv6, 16 * indicator->ipv6_count);
	}
	if (flags & FLAG_BY)
		put_counted(&out, 1, indicator->by, indicator->by_len);
	return (int)out.len;
}

/* ---- feeds and settings ---- */

size_t
record_write_feed(const struct pol_feed *feed, uint8_t *octets)
{
	struct output out = {.out = octets};

	put_number(&out, RECORD_VERSION, 1);
	put_number(&out, feed->order, 2);
	put_number(&out, feed->action, 1);
	put_number(&out, feed->mode, 1);
	put_number(&out, feed->ede, 1);
	put_number(&out, feed->triggers, 1);
	put_number(&out, feed->risk, 1);
	put_number(&out, feed->expires, 4);
	put_number(&out, (uint64_t)feed->checked, 8);
	put_number(&out, (uint64_t)feed->changed, 8);
	put_number(&out, feed->count, 8);
	put_number(&out, feed->unlisted, 8);
	put_number(&out, feed->shadowed, 8);
	put_number(&out, feed->short_names, 8);
	put_number(&out, feed->nameservers, 8);
	put_number(&out, feed->allowing, 8);
	put_number(&out, feed->addresses, 8);
	put_text(&out, 1, feed->name);
	put_text(&out, 1, feed->format);
	put_text(&out, 2, feed->source);
	return out.len;
}

int
record_read_feed(const void *data, size_t len, struct pol_feed *feed)
{
	struct input in;
	struct pol_feed found = {0};

	if (input_begin(&in, data, len) != 0)
		return POL_ECORRUPT;
	found.order = (uint16_t)get_number(&in, 2);
	found.action = (enum pol_action)get_number(&in, 1);
	found.mode = (enum pol_mode)get_number(&in, 1);
	found.ede = (enum pol_ede)get_number(&in, 1);
	found.triggers = (uint8_t)get_number(&in, 1);
	found.risk = (uint8_t)get_number(&in, 1);
	found.expires = (uint32_t)get_number(&in, 4);
	found.checked = (int64_t)get_number(&in, 8);
	found.changed = (int64_t)get_number(&in, 8);
	found.count = get_number(&in, 8);
	found.unlisted = get_number(&in, 8);
	found.shadowed = get_number(&in, 8);
	found.short_names = get_number(&in, 8);
	found.nameservers = get_number(&in, 8);
	found.allowing = get_number(&in, 8);
	found.addresses = get_number(&in, 8);
	get_text(&in, 1, found.name, sizeof(found.name));
	get_text(&in, 1, found.format, sizeof(found.format));
	get_text(&in, 2, found.source, sizeof(found.source));
	if (in.failed || found.action < POL_SINKHOLE ||
	    found.action > POL_ALLOW || found.mode > POL_SHADOW ||
	    (found.triggers & ~(unsigned)POL_SERVES_ALL) != 0 ||
	    found.risk > POL_RISK_MAX || found.checked < 0 ||
	    found.checked > UINT32_MAX)
		return POL_ECORRUPT;
	found.id = feed->id;
	*feed = found;
	return 0;
}

size_t
record_write_settings(const struct pol_settings *settings, uint8_t *octets)
{
	struct output out = {.out = octets};
	unsigned families =
	    (settings->has_ipv4 ? 1u : 0) | (settings->has_ipv6 ? 2u : 0);

	put_number(&out, RECORD_VERSION, 1);
	put_number(&out, families, 1);
	put_octets(&out, settings->ipv4, 4);
	put_octets(&out, settings->ipv6, 16);
	put_number(&out, settings->ttl, 4);
	put_number(&out, settings->on_error, 1);
	put_text(&out, 2, settings->log);
	return out.len;
}

int
record_read_settings(
    const void *data, size_t len, struct pol_settings *settings)
{
	struct input in;
	struct pol_settings found = {0};
	unsigned families;
	const uint8_t *ipv4, *ipv6;

	if (input_begin(&in, data, len) != 0)
		return POL_ECORRUPT;
	families = (unsigned)get_number(&in, 1);
	ipv4 = get_octets(&in, 4);
	ipv6 = get_octets(&in, 16);
	found.ttl = (uint32_t)get_number(&in, 4);
	found.on_error = (enum pol_on_error)get_number(&in, 1);
	get_text(&in, 2, found.log, sizeof(found.log));
	if (in.failed || found.on_error > POL_ON_ERROR_SERVFAIL ||
	    found.ttl < POL_SINKHOLE_TTL_MIN || found.ttl > POL_SINKHOLE_TTL_MAX)
		return POL_ECORRUPT;
	found.has_ipv4 = (families & 1) != 0;
	found.has_ipv6 = (families & 2) != 0;
	memcpy(found.ipv4, ipv4, 4);
	memcpy(found.ipv6, ipv6, 16);
	*settings = found;
	return 0;
}
