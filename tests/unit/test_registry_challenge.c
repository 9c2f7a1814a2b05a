#include "registry/challenge.h"

#include "base/mem.h"
#include "base/str.h"
#include "test.h"

TEST(challenges)
{
	static const struct {
		const char *header;
		enum challenge_kind kind;
		const char *realm, *service, *scope;
	} cases[] = {
		{ "Bearer realm=\"https://a/t\",service=\"s\",scope=\"r:x:pull,push\"",
		    CHALLENGE_BEARER, "https://a/t", "s", "r:x:pull,push" },
		{ "bearer REALM=https,SERVICE=s", CHALLENGE_BEARER, "https",
		    "s", NULL },
		{ "Basic realm=\"x\"", CHALLENGE_BASIC, "x", NULL, NULL },
		{ "Basic", CHALLENGE_BASIC, NULL, NULL, NULL },
		{ "Basic realm=\"x\", Bearer realm=\"y\"", CHALLENGE_BEARER,
		    "y", NULL, NULL },
		{ "Bearer realm=\"y\", Basic realm=\"x\"", CHALLENGE_BEARER,
		    "y", NULL, NULL },
		{ "Negotiate, Basic realm=\"a\\\"b\"", CHALLENGE_BASIC, "a\"b",
		    NULL, NULL },
		{ "Bearer realm = \"y\" , service = \"z\"", CHALLENGE_BEARER,
		    "y", "z", NULL },
		{ "Bearer realm=\"a\",realm=\"b\"", CHALLENGE_BEARER, "a", NULL,
		    NULL },
		{ "Digest realm=\"x\", nonce=\"y\"", CHALLENGE_NONE, NULL, NULL,
		    NULL },
		{ "", CHALLENGE_NONE, NULL, NULL, NULL },
		{ ",,, ,", CHALLENGE_NONE, NULL, NULL, NULL },
		{ "=", CHALLENGE_NONE, NULL, NULL, NULL },
		{ "Bearer realm=\"no end", CHALLENGE_BEARER, NULL, NULL, NULL },
		{ "Bearer realm=\"no end\\", CHALLENGE_BEARER, NULL, NULL,
		    NULL },
		{ "Bearer realm=", CHALLENGE_BEARER, NULL, NULL, NULL },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		AUTO(challenge) struct challenge c = { 0 };

		printf("# %s\n", cases[i].header);
		challenge_parse(cases[i].header, &c);
		CHECK(c.kind == cases[i].kind);
		if (cases[i].kind == CHALLENGE_NONE)
			continue;
		CHECK(str_equal_null(c.realm, cases[i].realm));
		CHECK(str_equal_null(c.service, cases[i].service));
		CHECK(str_equal_null(c.scope, cases[i].scope));
	}
}

TEST(what_is_too_long_is_none)
{
	AUTO(challenge) struct challenge c = { 0 };
	AUTO(str) char *text = mem_alloc(CHALLENGE_TEXT_MAX + 100);

	memset(text, 'a', CHALLENGE_TEXT_MAX + 99);
	memcpy(text, "Basic ", 6);
	text[CHALLENGE_TEXT_MAX + 99] = '\0';
	challenge_parse(text, &c);
	CHECK(c.kind == CHALLENGE_NONE);
}

TEST_MAIN
