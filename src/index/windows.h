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
/* a message this long after its predecessor begins a new sitting */
#define SITTING_GAP_US (INT64_C(6) * 3600 * 1000000)

#endif
