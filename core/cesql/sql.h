/* SPDX-License-Identifier: Apache-2.0 */
/* The parts that the steps of CESQL share: tokens, the tree, and casts. */
#ifndef CE_CORE_CESQL_SQL_H
#define CE_CORE_CESQL_SQL_H

#include <cloudevents/cesql.h>

/* Bounds that keep the recursion of parser and evaluation off the stack's
 * end. */
enum {
    CE_SQL_TEXT_MAX = 64 * 1024,
    CE_SQL_NESTING_MAX =
        500, /* parentheses, calls, unary and logical operators */
    CE_SQL_HEIGHT_MAX = 1000 /* of the tree: a chain of operators */
};

/* --- tokens --- */

typedef enum ce_sql_token_kind {
    CE_TOKEN_END,
    CE_TOKEN_INTEGER,
    CE_TOKEN_STRING,
    CE_TOKEN_WORD, /* an identifier or a function's name */
    CE_TOKEN_TRUE,
    CE_TOKEN_FALSE,
    CE_TOKEN_AND,
    CE_TOKEN_OR,
    CE_TOKEN_XOR,
    CE_TOKEN_NOT,
    CE_TOKEN_LIKE,
    CE_TOKEN_IN,
    CE_TOKEN_EXISTS,
    CE_TOKEN_EQUAL,
    CE_TOKEN_UNEQUAL,
    CE_TOKEN_LESS,
    CE_TOKEN_LESS_EQUAL,
    CE_TOKEN_GREATER,
    CE_TOKEN_GREATER_EQUAL,
    CE_TOKEN_PLUS,
    CE_TOKEN_MINUS,
    CE_TOKEN_STAR,
    CE_TOKEN_SLASH,
    CE_TOKEN_PERCENT,
    CE_TOKEN_OPEN,
    CE_TOKEN_CLOSE,
    CE_TOKEN_COMMA
} ce_sql_token_kind;

typedef struct ce_sql_token {
    ce_sql_token_kind kind;
    ce_slice text; /* a string comes with its quotes */
} ce_sql_token;

typedef struct ce_sql_lexer {
    ce_slice all, rest;
} ce_sql_lexer;

ce_status ce_sql_lex(ce_sql_lexer *l, ce_sql_token *out, ce_error *err);

/* --- the tree --- */

typedef enum ce_sql_kind {
    CE_NODE_LITERAL,
    CE_NODE_ATTRIBUTE,
    CE_NODE_EXISTS,
    CE_NODE_NOT,
    CE_NODE_NEGATE,
    CE_NODE_LIKE,
    CE_NODE_IN,
    CE_NODE_CALL,
    CE_NODE_BINARY /* OP says which */
} ce_sql_kind;

typedef struct ce_sql_node ce_sql_node;

/* A function that the language has. ARGS are cast already. */
typedef struct ce_sql_function {
    const char *name;
    int min, max;      /* arguments; MAX < 0: any number */
    const char *takes; /* s, i or any type (x), each; the last one repeats */
    ce_sql_type gives;
    ce_sql_value (*call)(const ce_sql_value *args, unsigned count,
                         ce_arena *arena);
} ce_sql_function;

struct ce_sql_node {
    ce_sql_kind kind;
    ce_sql_token_kind op;
    bool negated;    /* NOT LIKE, NOT IN */
    unsigned height; /* of the tree below */
    ce_slice text;   /* the name of an attribute or a function, the pattern */
    ce_sql_value value;              /* of a literal */
    const ce_sql_function *function; /* NULL: there is none */
    ce_sql_node *left, *right;       /* unary: LEFT alone */
    ce_sql_node *list;               /* elements or arguments */
    unsigned count;
    ce_sql_node *next; /* in the list of its parent */
};

struct ce_sql {
    ce_arena *arena; /* holds the tree and its texts */
    ce_slice text;   /* as it was given */
    ce_sql_node *root;
};

/* TEXT is the arena's copy. */
ce_status ce_sql_parse(ce_sql_node **out, ce_slice text, ce_arena *arena,
                       ce_error *err);
/* Returns NULL when no function has this name and takes COUNT arguments. */
const ce_sql_function *ce_sql_function_find(ce_slice name, unsigned count);
/* Whether a function has this name. */
bool ce_sql_function_is_known(ce_slice name);
/* Writes the closest name, in upper case, or nothing if none is close. */
void ce_sql_function_nearest(ce_slice name, char *out, size_t size);

/* --- values --- */

ce_sql_value ce_sql_boolean(bool value);
ce_sql_value ce_sql_integer(int32_t value);
ce_sql_value ce_sql_string(ce_slice value);
/* Returns the zero value of TYPE with an error (CESQL 3.3). */
ce_sql_value ce_sql_failed(ce_sql_type type, ce_sql_error error);
/* Returns V as TYPE, or the zero value of TYPE with CE_SQL_CAST (CESQL 3.7). */
ce_sql_value ce_sql_cast(ce_sql_value v, ce_sql_type type, ce_arena *arena);
/* Sign and digits within 32 bits. */
bool ce_sql_parse_integer(ce_slice text, int32_t *out);
bool ce_sql_like(ce_slice text, ce_slice pattern);

#endif
