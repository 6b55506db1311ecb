/*
 * The OpenAPI document (3.1) of the REST face, made from the operation table, the field tables and the shapes of
 * answers.
 */
#ifndef HTTP_OPENAPI_H
#define HTTP_OPENAPI_H

#include "base/strbuf.h"

/* Appends the document; what fails is the strbuf's. */
void openapi_write(struct strbuf *text);

#endif
