/*
 * faults_report.c - faults as the reports of several verbs show them.
 */
#include "tools/faults.h"
#include "tools/output.h"

char *
fault_report(const struct fault_count *count, const char *reason, char *report)
{
	int len = snprintf(report, FAULT_REPORT_MAX, "%s %s",
	    show_number(count->count).text, reason);

	for (size_t i = 0; i < count->count && i < FAULT_LINES; i++)
		len += snprintf(report + len, FAULT_REPORT_MAX - (size_t)len,
		    "   line %lu: %s", count->lines[i], count->texts[i]);
	if (count->count > FAULT_LINES)
		snprintf(
		    report + len, FAULT_REPORT_MAX - (size_t)len, "   ...");
	return report;
}

json_t *
fault_json(const struct fault_count *count, const char *reason)
{
	json_t *first = json_array();

	for (size_t i = 0; i < count->count && i < FAULT_LINES; i++)
		json_array_append_new(first,
		    json_pack("{s:I, s:s}", "line", (json_int_t)count->lines[i],
			"text", count->texts[i]));
	return json_pack("{s:s, s:I, s:o}", "reason", reason, "count",
	    (json_int_t)count->count, "first", first);
}
