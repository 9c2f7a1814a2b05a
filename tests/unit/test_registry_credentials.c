#include "registry/credentials.h"

#include "base/str.h"
#include "test.h"

TEST(server_addresses_name_a_host)
{
	static const struct {
		const char *address, *host;
		bool match;
	} cases[] = {
		{ NULL, "r.example.com", true },
		{ "", "r.example.com", true },
		{ "r.example.com", "r.example.com", true },
		{ "R.Example.com", "r.example.com", true },
		{ "https://r.example.com/v2/", "r.example.com", true },
		{ "http://r.example.com", "r.example.com", true },
		{ "r.example.com:5000", "r.example.com:5000", true },
		{ "r.example.com", "r.example.com:5000", false },
		{ "r.example.com:5000", "r.example.com", false },
		{ "example.com", "r.example.com", false },
		{ "r.example.com.evil.org", "r.example.com", false },
		{ "evil.org/r.example.com", "r.example.com", false },
		{ "https://evil.org/https://r.example.com", "r.example.com",
		    false },
		{ "https://index.docker.io/v1/", "docker.io", true },
		{ "registry-1.docker.io", "docker.io", true },
		{ "docker.io", "docker.io", true },
		{ "docker.io.evil.org", "docker.io", false },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char address[128] = "";
		struct credentials c = { 0 };

		if (cases[i].address != NULL)
			(void)snprintf(address, sizeof(address), "%s",
			    cases[i].address);
		c.server_address = cases[i].address == NULL ? NULL : address;
		printf("# %s %s\n", address, cases[i].host);
		CHECK(credentials_match(&c, cases[i].host) == cases[i].match);
	}
}

TEST(hosts_are_compared_as_hosts)
{
	CHECK(registry_host_equal("docker.io", "index.docker.io"));
	CHECK(registry_host_equal("R.example.com", "r.example.com"));
	CHECK(!registry_host_equal("docker.io", "docker.io:443"));
	CHECK(!registry_host_equal("r.example.com", "s.example.com"));
}

TEST(copies_are_equal_and_their_own)
{
	char user[] = "u", password[] = "p";
	struct credentials a = { .username = user, .password = password };
	AUTO(credentials) struct credentials b = { 0 };

	credentials_copy(&b, &a);
	CHECK(credentials_equal(&a, &b));
	CHECK(b.password != a.password);
	CHECK(credentials_present(&b));
	b.password[0] = 'q';
	CHECK(!credentials_equal(&a, &b));
	credentials_clear(&b);
	CHECK(!credentials_present(&b));
	CHECK(!credentials_present(NULL));
}

TEST_MAIN
