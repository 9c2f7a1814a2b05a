#include "cri/pod.h"

#include "base/mem.h"
#include "cri/message.h"
#include "test.h"

static void
set(Runtime__V1__MapEntry *entry, const char *key, const char *value)
{
	runtime__v1__map_entry__init(entry);
	entry->key = message_borrow(key);
	entry->value = message_borrow(value);
}

TEST(of_a_label_that_is_told_twice_the_last_counts)
{
	Runtime__V1__MapEntry entries[4], *labels[4];
	struct pod pod = { 0 };

	for (size_t i = 0; i < 4; i++)
		labels[i] = &entries[i];
	set(&entries[0], "tier", "prod");
	set(&entries[1], "app", "web");
	set(&entries[2], "tier", "dev");
	set(&entries[3], "tier", "test");
	CHECK_INT(pod_read(NULL, labels, 4, &pod), 0);
	CHECK_INT(pod.labels.n, 2);
	CHECK_STR(str_map_get(&pod.labels, "tier"), "test");
	CHECK_STR(str_map_get(&pod.labels, "app"), "web");
	pod_clear(&pod);
}

TEST(there_are_only_so_many_labels)
{
	static Runtime__V1__MapEntry entries[POD_LABELS_MAX + 1];
	static Runtime__V1__MapEntry *labels[POD_LABELS_MAX + 1];
	static char keys[POD_LABELS_MAX + 1][16];
	struct pod pod = { 0 }, none = { 0 };

	for (size_t i = 0; i <= POD_LABELS_MAX; i++) {
		(void)snprintf(keys[i], sizeof(keys[i]), "k%zu", i);
		set(&entries[i], keys[i], "v");
		labels[i] = &entries[i];
	}
	CHECK_INT(pod_read(NULL, labels, POD_LABELS_MAX, &pod), 0);
	CHECK_INT(pod.labels.n, POD_LABELS_MAX);
	CHECK_INT(pod_read(NULL, labels, POD_LABELS_MAX + 1, &none), -1);
	pod_clear(&pod);
	pod_clear(&none);
}

TEST(a_label_that_is_no_text_is_refused)
{
	Runtime__V1__MapEntry entry, *labels[] = { &entry };
	uint8_t bytes[] = { 'a', 0, 'b' };
	struct pod pod = { 0 };

	set(&entry, "tier", "prod");
	entry.value.data = bytes;
	entry.value.len = sizeof(bytes);
	CHECK_INT(pod_read(NULL, labels, 1, &pod), -1);
	pod_clear(&pod);
}

TEST_MAIN
