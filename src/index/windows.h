/*
 * The windows of a message: how far its neighbours reach, how long the window may get, what their words weigh.
 *
 * Source of all numbers: the measured ranking recipe, section 5 (near: decayed, wide: flat). Weights are whole
 * thirtieths, so that sums of counts and of lengths are exact in any order.
 */
#ifndef INDEX_WINDOWS_H
#define INDEX_WINDOWS_H

#define WINDOW_NEAR_REACH 4   /* neighbours on each side of the near window */
#define WINDOW_NEAR_WORDS 200 /* white-space words of the whole near window */
#define WINDOW_WIDE_REACH 8   /* neighbours on each side of the wide window */
#define WINDOW_WIDE_WORDS 500
#define WINDOW_UNIT 30 /* the message's own words */
#define WINDOW_WEIGHTS                                                                             \
    {                                                                                              \
        10, 7, 5, 3                                                                                \
    }                      /* at distance 1..4: 1/3, .2333, .1667, .1 */
#define WINDOW_COS_REACH 2 /* neighbours whose vectors join the near vector */
#define WINDOW_COS_WEIGHTS                                                                         \
    {                                                                                              \
        .5F, .25F                                                                                  \
    }                          /* at distance 1, 2 */
#define WINDOW_LENGTH_WORDS 60 /* the `length` part looks no further */

/* A window is a set of neighbours: bit b is the one at distance window_offset(b), from WINDOW_WIDE_REACH in front to as
 * many behind. A near window fits into 8 bits: those of a wide one without the outer ones. */
#define WINDOW_BITS (2 * WINDOW_WIDE_REACH)
#define WINDOW_NEAR_SHIFT (WINDOW_WIDE_REACH - WINDOW_NEAR_REACH)
/* the neighbours whose vectors join the near vector */
#define WINDOW_COS_BITS                                                                            \
    (((1U << 2 * WINDOW_COS_REACH) - 1) << (WINDOW_WIDE_REACH - WINDOW_COS_REACH))
static inline int window_offset(unsigned bit)
{
    return (int)bit - WINDOW_WIDE_REACH + (bit >= WINDOW_WIDE_REACH);
}

/* a message this long after its predecessor begins a new sitting */
#define SITTING_GAP_US (INT64_C(6) * 3600 * 1000000)

#endif
