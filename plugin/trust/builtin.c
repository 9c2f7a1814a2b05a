/* The trusted root that comes with the program. */
#include "trust/builtin.h"

/* clang-format off */
__asm__(
    ".pushsection .rodata\n"
    "builtin_begin:\n"
    ".incbin \"policy/trust/public-good.json\"\n"
    "builtin_end:\n"
    ".popsection\n");
/* clang-format on */

extern const uint8_t builtin_begin[], builtin_end[];

struct slice
trust_builtin(void)
{
	return slice_of(builtin_begin, (size_t)(builtin_end - builtin_begin));
}
