#include "cri/metadata.h"

#include "base/auto.h"
#include "test.h"

TEST(what_grpc_would_refuse_to_send_is_left_out)
{
	static const struct {
		const char *key, *value;
		bool kept;
	} cases[] = {
		{ "x-custom", "plain text", true },
		{ "x-custom", "\xff\xfe", false },
		{ "x-custom", "line\nbreak", false },
		{ "x-data-bin", "\xff\x00\n", true },
		{ "user-agent", "kubelet", false },
		{ "host", "x", false },
		{ "Upper", "x", false },
		{ "with space", "x", false },
		{ "", "x", false },
		{ "traceparent", "00-abc", true },
		{ "empty", "", true },
	};
	grpc_metadata md[COUNT_OF(cases)];
	grpc_metadata_array array = { .count = COUNT_OF(cases),
		.metadata = md };
	size_t at = 0;

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		md[i].key = grpc_slice_from_static_string(cases[i].key);
		md[i].value = grpc_slice_from_static_string(cases[i].value);
	}
	metadata_keep_sendable(&array);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		if (!cases[i].kept)
			continue;
		CHECK(at < array.count &&
		      grpc_slice_str_cmp(array.metadata[at].key,
			  cases[i].key) == 0 &&
		      grpc_slice_str_cmp(array.metadata[at].value,
			  cases[i].value) == 0);
		at++;
	}
	CHECK_INT(array.count, at);
}

TEST_MAIN
