/*
 * Every constant of ranking. Sources: [M] measured for this project (docs/adr/0007), [S] published by
 * others, [R] by reasoning, to be measured before it is defended. Window reaches and weights: index/windows.h [M].
 */
#ifndef RECALL_CONSTANTS_H
#define RECALL_CONSTANTS_H

/* BM25, idf = ln(1 + (N - df + .5) / (df + .5)) over single records, all live rows of the user [M] */
#define BM25_K1 .8F
#define BM25_B .75F

/* The parts' weights [M]. own_cos and near_cos belong to the embedding space: embed/embed.h */
#define WEIGHT_NEAR 1.F
#define WEIGHT_WIDE .5F
#define WEIGHT_BIGRAM .4F
#define WEIGHT_REPLY .3F    /* of a question's answer; questions only, like the next three */
#define WEIGHT_ASKS (-.15F) /* the message asks itself */
#define WEIGHT_SPEAKER .1F
#define WEIGHT_LENGTH .12F /* times ln(1 + words), words <= WINDOW_LENGTH_WORDS */
#define WEIGHT_TIME .15F   /* when the query wants a time */

/* What the sum can reach, rounded up: one constant for every kind and query, so that scores compare [M] */
#define BASE_DIVISOR 5.1F

/* Boosts: factor 1 + alpha * (2 s - 1), each alpha <= .2 [R]; [S] ships .1, .1, .05 */
/* .1 costs ten dated chats .012 of recall@10, .05 nothing; with time match all boosts together then gain .0007 [M] */
#define BOOST_ALPHA_RECENCY .05F
#define BOOST_ALPHA_IMPORTANCE .1F
#define BOOST_ALPHA_USE .05F       /* the rich get richer, so the smallest */
#define BOOST_ALPHA_TIME_MATCH .2F /* only when the query names a time */
#define BOOST_LEAST .8F
#define BOOST_MOST 1.2F
#define RECENCY_HALF_LIFE_US (INT64_C(30) * 86400 * 1000000) /* [R] */
#define USE_FULL 20 /* s = ln(1 + n) / ln(1 + USE_FULL), at most 1 [R] */

/* The last factor of a record that another has replaced, where such are asked for [S] */
#define SUPERSEDED_FACTOR .5F

/* Candidates: the best of each leg, widened by their neighbours [M] */
#define LEG_LEAST 200
#define LEG_PER_HIT 4
#define WIDEN_REACH 4
/* So many rows, or as many as both legs hold, are all scored: choosing would take as long */
#define FEW_ROWS 1024

/* SimHashes of near-duplicates differ in at most this many bits [R]; text/document.h has the last word */
#define FOLD_BITS 3

/* Hundredths of a context's budget that may be spent when a section has been filled; recalled may spend the rest [R] */
#define CONTEXT_BY_PROFILE 35
#define CONTEXT_BY_SUMMARY 45
#define CONTEXT_BY_RECENT 65

#endif
