#ifndef BASE_AUTO_H
#define BASE_AUTO_H

/*
 * Ownership in three words.
 *
 *   AUTO(x)   this variable owns what it points to and frees it on the way out
 *   TAKE(p)   hand the thing on: yields p and leaves NULL behind
 *   const *   borrowed: valid for the call, never freed, never kept
 *
 * An AUTO variable is initialised where it is declared, always.  TAKE never
 * stands among the arguments of a call that can fail.
 */
#define AUTO(name) __attribute__((cleanup(name##_autofree)))

/* A pointer type whose destructor takes the pointer and accepts NULL. */
#define DEFINE_AUTO(name, type, free_fn)                                       \
	static inline __attribute__((unused)) void name##_autofree(type *p)    \
	{                                                                      \
		free_fn(*p);                                                   \
	}                                                                      \
	struct name##_auto_needs_semicolon

/* A struct held in place whose destructor takes its address. */
#define DEFINE_AUTO_INPLACE(name, type, clear_fn)                              \
	static inline __attribute__((unused)) void name##_autofree(type *p)    \
	{                                                                      \
		clear_fn(p);                                                   \
	}                                                                      \
	struct name##_auto_needs_semicolon

#define TAKE(p)                                                                \
	__extension__({                                                        \
		__typeof__(p) *take_at_ = &(p);                                \
		__typeof__(p) taken_ = *take_at_;                              \
		*take_at_ = NULL;                                              \
		taken_;                                                        \
	})

#define MUST_CHECK __attribute__((warn_unused_result))

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

#endif
