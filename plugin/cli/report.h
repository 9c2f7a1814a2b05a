#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include "base/json.h"

/* The report of one verification (gate/report.h): one JSON object on standard
 * output, or text for people on standard error. */
void report_json(const struct json *report);
void report_text(const struct json *report);

/* What inspect found (gate/inspect.h). */
void report_inspection(const struct json *report);

#endif
