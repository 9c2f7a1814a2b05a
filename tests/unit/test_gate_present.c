#include "gate/present.h"

#include "base/mem.h"
#include "test.h"

#define HEX1     "1111111111111111111111111111111111111111111111111111111111111111"
#define HEX2     "2222222222222222222222222222222222222222222222222222222222222222"
#define HEX3     "3333333333333333333333333333333333333333333333333333333333333333"
#define D1       "sha256:" HEX1
#define D2       "sha256:" HEX2
#define ID       "sha256:" HEX3
#define NAMELESS PRESENT_NAMELESS ":" HEX3

/* Words with blanks between them, as a list. */
static void
add_words(struct str_list *list, const char *words)
{
	AUTO(str) char *copy = mem_strdup(words);
	char *rest = copy, *word;

	while ((word = strsep(&rest, " ")) != NULL)
		if (word[0] != '\0')
			str_list_add(list, word);
}

static char *
questions(const struct present *p, const char *named)
{
	AUTO(present_questions) struct present_questions q = { 0 };
	AUTO(str_list) struct str_list all = { 0 };

	present_ask(p, slice_str(named), &q);
	CHECK(q.n >= 1 && q.n <= PRESENT_QUESTIONS_MAX);
	for (size_t i = 0; i < q.n; i++)
		str_list_own(&all,
		    str_printf("%s=%.8s", q.items[i].image,
			q.items[i].digest == NULL ? "-" : q.items[i].digest));
	return str_list_join(&all, " ");
}

TEST(what_an_image_is_asked_about_as)
{
	static const struct {
		const char *named, *tags, *digests, *want;
	} cases[] = {
		/* By name: that name, each digest once, sorted. */
		{ "r.example.com/app:1", "r.example.com/app:1",
		    "r.example.com/app@" D1, "r.example.com/app:1=sha256:1" },
		{ "r.example.com/app:1", "",
		    "r.example.com/app@" D2 " r.example.com/app@" D1
		    " other.example.com/x@" D1,
		    "r.example.com/app:1=sha256:1 r.example.com/app:1=sha256:2" },
		/* Of what is paired with its repository, only that. */
		{ "r.example.com/app:1", "",
		    "r.example.com/app@" D1 " other.example.com/x@" D2,
		    "r.example.com/app:1=sha256:1" },
		/* A name under which the runtime does not know it. */
		{ "strict.example.com/app:1", "", "lax.example.com/app@" D1,
		    "strict.example.com/app:1=sha256:1" },
		/* docker.io's short names, here and not. */
		{ "app:1", "", "docker.io/library/app@" D1, "app:1=sha256:1" },
		{ "app:1", "", "r.example.com/app@" D1,
		    "r.example.com/app@" D1 "=sha256:1" },
		/* A digest in the name picks, and if it is another, the gate
		 * has to say so. */
		{ "r.example.com/app@" D2, "",
		    "r.example.com/app@" D1 " r.example.com/app@" D2,
		    "r.example.com/app@" D2 "=sha256:2" },
		{ "r.example.com/app@" D2, "", "r.example.com/app@" D1,
		    "r.example.com/app@" D2 "=sha256:1" },
		/* By id: every name. */
		{ ID, "r.example.com/app:1",
		    "r.example.com/app@" D1 " other.example.com/x@" D2,
		    "other.example.com/x@" D2 "=sha256:2 "
		    "r.example.com/app@" D1 "=sha256:1" },
		{ HEX3, "", "r.example.com/app@" D1,
		    "r.example.com/app@" D1 "=sha256:1" },
		{ "333333333333", "", "r.example.com/app@" D1,
		    "r.example.com/app@" D1 "=sha256:1" },
		{ "", "", "r.example.com/app@" D1,
		    "r.example.com/app@" D1 "=sha256:1" },
		/* An id of something else is a name. */
		{ "sha256:" HEX2, "", "r.example.com/app@" D1,
		    "r.example.com/app@" D1 "=sha256:1" },
		/* Imported: no digest. */
		{ "r.example.com/app:1", "r.example.com/app:1", "",
		    "r.example.com/app:1=-" },
		{ ID, "r.example.com/b:1 r.example.com/a:1", "",
		    "r.example.com/a:1=- r.example.com/b:1=-" },
		{ ID, "", "", NAMELESS "=-" },
		/* What is no name is the gate's to refuse. */
		{ "UPPER case", "", "r.example.com/app@" D1,
		    "UPPER case=sha256:1" },
		/* What the runtime writes and nobody can read is passed over. */
		{ ID, "", "nonsense r.example.com/app@sha256:12 X@" D1,
		    NAMELESS "=-" },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		AUTO(present) struct present p = { .id = mem_strdup(ID) };
		AUTO(str) char *got = NULL;

		add_words(&p.tags, cases[i].tags);
		add_words(&p.digests, cases[i].digests);
		got = questions(&p, cases[i].named);
		printf("# %s\n", cases[i].named);
		CHECK_STR(got, cases[i].want);
	}
}

TEST(there_are_never_too_many_questions)
{
	AUTO(present) struct present p = { .id = mem_strdup(ID) };
	AUTO(present_questions) struct present_questions q = { 0 };

	for (int i = 0; i < 200; i++)
		str_list_own(&p.digests,
		    str_printf("r%d.example.com/app@" D1, i));
	present_ask(&p, slice_str(ID), &q);
	CHECK_INT(q.n, PRESENT_QUESTIONS_MAX);
}

/* However many other names somebody has given it. */
TEST(its_own_repository_is_not_crowded_out)
{
	AUTO(present) struct present p = { .id = mem_strdup(ID) };
	AUTO(present_questions) struct present_questions q = { 0 };

	for (int i = 0; i < 66; i++)
		str_list_own(&p.digests,
		    str_printf("a.example.com/twin@sha256:%064x", i));
	str_list_add(&p.digests, "r.example.com/app@" D1);
	present_ask(&p, slice_str("r.example.com/app:1"), &q);
	CHECK_INT(q.n, 1);
	CHECK_STR(q.items[0].digest, D1);
	CHECK_INT(q.digests.n, 67);
}

TEST(an_id_is_a_digest_however_it_is_written)
{
	static const struct {
		const char *id, *want;
	} cases[] = { { ID, ID }, { HEX3, ID }, { "123", NULL }, { "", NULL } };

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		AUTO(present)
		struct present p = { .id = mem_strdup(cases[i].id) };
		AUTO(str) char *digest = present_digest_of_id(&p);

		if (cases[i].want == NULL)
			CHECK(digest == NULL);
		else
			CHECK_STR(digest, cases[i].want);
	}
}

TEST_MAIN
