/*
 * match DIR: how long it takes to find the policies that cover an image among
 * 1, 100 and 10,000, of which one does, and to evaluate it.  Writes the policies below DIR and loads
 * them as serve would.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/mem.h"
#include "policy/evaluate.h"
#include "policy/load.h"
#include "policy/match.h"

#define ROUNDS 200000
#define DIGEST                                                                 \
	"sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void
write_policy(const char *dir, size_t i)
{
	AUTO(str) char *path = str_printf("%s/%05zu.yaml", dir, i);
	FILE *f = fopen(path, "we");

	if (f == NULL)
		exit(1);
	(void)fprintf(f,
	    "apiVersion: pullgate.dev/v1\n"
	    "kind: ImagePolicy\n"
	    "metadata: {name: p%05zu}\n"
	    "spec:\n"
	    "  images: [\"registry.example.com/team-%zu/**\", \"registry.example.com/app-%zu-*\"]\n"
	    "  namespaces: [\"prod-*\"]\n"
	    "  reference: {denyTags: [latest]}\n"
	    "  attestors: [{entries: [{keys: {file: release.pub}, rekor: {ignoreTlog: true}}]}]\n",
	    i, i, i);
	(void)fclose(f);
}

static double
measure(const struct policy_set *set)
{
	AUTO(reference) struct reference *ref = NULL;
	struct policy_facts facts = { .pod.namespace_ = "prod-1" };
	struct err e;
	int64_t from;

	if (reference_parse(slice_str("registry.example.com/team-0/web:1.2.3"),
		&ref, &e) < 0)
		exit(1);
	facts.ref = ref;
	from = clock_mono_ns();
	for (int i = 0; i < ROUNDS; i++) {
		AUTO(policy_matches) struct policy_matches m = { 0 };
		AUTO(policy_result) struct policy_result result = { 0 };

		policy_match(set, &facts, &m);
		if (m.n != 1)
			exit(1);
		policy_evaluate(m.items[0], ref, DIGEST, NULL, 0, &result);
		if (result.verdict != VERDICT_DENY)
			exit(1);
	}
	return (double)(clock_mono_ns() - from) / ROUNDS;
}

int
main(int argc, char **argv)
{
	static const size_t sizes[] = { 1, 100, 10000 };
	struct rusage usage;
	double first = 0;

	if (argc != 2)
		return 2;
	(void)printf("%10s %12s %10s %12s %16s\n", "policies", "ns a pull",
	    "x first", "load ms", "peak memory MiB");
	for (size_t k = 0; k < COUNT_OF(sizes); k++) {
		AUTO(policy_set) struct policy_set *set = NULL;
		AUTO(diag) struct diag d = { 0 };
		const char *const paths[] = { argv[1] };
		double ns;
		int64_t from;

		(void)mkdir(argv[1], 0755);
		for (size_t i = 0; i < sizes[k]; i++)
			write_policy(argv[1], i);
		from = clock_mono_ms();
		if (policy_load(paths, 1, clock_now(), &set, &d) < 0) {
			(void)fprintf(stderr, "%s\n", d.items[0]);
			return 1;
		}
		from = clock_mono_ms() - from;
		ns = measure(set);
		first = first == 0 ? ns : first;
		(void)getrusage(RUSAGE_SELF, &usage);
		(void)printf("%10zu %12.0f %10.2f %12lld %16.1f\n", sizes[k],
		    ns, ns / first, (long long)from,
		    (double)usage.ru_maxrss / 1024);
	}
	return 0;
}
