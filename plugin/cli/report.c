/* A verification told to people. */
#include "cli/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"

void
report_json(const struct json *report)
{
	AUTO(str) char *text = json_print(report, true);

	(void)printf("%s\n", text);
}

static const char *
colour(const char *code)
{
	return isatty(STDERR_FILENO) == 1 && getenv("NO_COLOR") == NULL ? code
									: "";
}

/* A line of the report.  Strangers' words may stand in it. */
static void
line(int indent, const char *label, const char *text)
{
	AUTO(str)
	char *clean = str_printable(slice_str(text == NULL ? "-" : text));

	(void)fprintf(stderr, "%*s%-*s %s\n", indent, "", 12 - indent, label,
	    clean);
}

static bool
is_true(const struct json *j, const char *key)
{
	return json_is_yes(json_get(j, key));
}

static void print_attestor(const struct json *a, size_t i, int indent);

static void
print_entry(const struct json *entry, size_t i, int indent)
{
	AUTO(str) char *label = str_printf("entry %zu", i + 1);

	if (json_get(entry, "attestor") != NULL)
		print_attestor(json_get(entry, "attestor"), i, indent);
	else
		line(indent, label, json_get_text(entry, "message"));
}

static void
print_attestor(const struct json *a, size_t i, int indent)
{
	const struct json *entries = json_get(a, "entries");
	AUTO(str) char *label = str_printf("attestor %zu", i + 1);
	AUTO(str) char *text = NULL;
	int64_t count = 0;

	(void)json_int(json_get(a, "count"), &count);
	text = str_printf("%s (%lld of %zu entries must hold)",
	    is_true(a, "holds") ? "holds" : "does not hold", (long long)count,
	    json_count(entries));
	line(indent, label, text);
	for (size_t i2 = 0; i2 < json_count(entries); i2++)
		print_entry(json_at(entries, i2), i2, indent + 2);
}

static void
print_attestors(const struct json *list, int indent)
{
	for (size_t i = 0; i < json_count(list); i++)
		print_attestor(json_at(list, i), i, indent);
}

static void
print_policy(const struct json *p)
{
	const struct json *attestations = json_get(p, "attestations");
	const char *message = json_get_text(p, "message");
	AUTO(str)
	char *text = str_printf("%s: %s (action %s)", json_get_text(p, "name"),
	    json_get_text(p, "verdict"), json_get_text(p, "action"));

	line(0, "Policy", text);
	if (message != NULL)
		line(4, "cause", message);
	print_attestors(json_get(p, "attestors"), 4);
	for (size_t i = 0; i < json_count(attestations); i++) {
		const struct json *a = json_at(attestations, i);

		line(4, "attestation", json_get_text(a, "type"));
		print_attestors(json_get(a, "attestors"), 6);
	}
}

static void
print_good_signature(const struct json *s)
{
	const char *subject = json_get_text(s, "subject");
	const char *issuer = json_get_text(s, "issuer");
	const char *time = json_get_text(s, "time");
	AUTO(str)
	char *who = subject == NULL
			? str_printf("key %s", json_get_text(s, "key"))
			: str_printf("%s, issuer %s", subject,
			      issuer == NULL ? "not named" : issuer);
	const char *type = json_get_text(s, "predicateType");
	bool attests = strcmp(json_get_text(s, "kind"), "attestation") == 0;
	AUTO(str)
	char *text = str_printf("%s: verified, %s%s%s by %s%s%s%s",
	    json_get_text(s, "source"), json_get_text(s, "kind"),
	    attests ? " of type " : "", attests ? type : "", who,
	    time == NULL ? "" : ", signed ", time == NULL ? "" : time,
	    is_true(s, "logged") ? ", in the transparency log" : "");

	line(0, "Signature", text);
}

static void
print_signature(const struct json *s)
{
	const char *message = json_get_text(s, "message");
	AUTO(str) char *text = NULL;

	if (is_true(s, "verified")) {
		print_good_signature(s);
		return;
	}
	text = str_printf("%s: %s", json_get_text(s, "source"),
	    message == NULL ? "not tried" : message);
	line(0, "Signature", text);
}

void
report_text(const struct json *report)
{
	const struct json *policies = json_get(report, "policies");
	const struct json *signatures = json_get(report, "signatures");
	const char *verdict = json_get_text(report, "verdict");
	bool allowed = strcmp(verdict, "allowed") == 0;

	line(0, "Image", json_get_text(report, "image"));
	line(0, "Digest", json_get_text(report, "digest"));
	for (size_t i = 0; i < json_count(signatures); i++)
		print_signature(json_at(signatures, i));
	for (size_t i = 0; i < json_count(policies); i++)
		print_policy(json_at(policies, i));
	(void)fprintf(stderr, "%-12s %s%s%s\n", "Verdict",
	    colour(allowed ? "\033[32m" : "\033[31m"), verdict,
	    colour("\033[0m"));
	if (json_get_text(report, "message") != NULL)
		line(0, allowed ? "Overlooked" : "Reason",
		    json_get_text(report, "message"));
}

/* What an unverified one says of itself. */
static void
print_claims(const struct json *s)
{
	const struct json *claims = json_get(s, "claims");
	const char *subject = json_get_text(claims, "subject");
	const char *issuer = json_get_text(claims, "issuer");
	AUTO(str) char *text = NULL;

	if (is_true(s, "verified") || subject == NULL)
		return;
	text = str_printf("%s, issuer %s", subject,
	    issuer == NULL ? "not named" : issuer);
	line(4, "claims", text);
}

void
report_inspection(const struct json *report)
{
	const struct json *signatures = json_get(report, "signatures");

	line(0, "Image", json_get_text(report, "image"));
	line(0, "Digest", json_get_text(report, "digest"));
	for (size_t i = 0; i < json_count(signatures); i++) {
		print_signature(json_at(signatures, i));
		print_claims(json_at(signatures, i));
	}
	if (json_count(signatures) == 0)
		line(0, "Signature", "none");
}
