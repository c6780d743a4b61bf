/* SPDX-License-Identifier: Apache-2.0 */
/* The tree of a CESQL expression, by precedence climbing (CESQL 3.6).
 *
 * AND, OR and XOR share one level and group to the right, as the published
 * grammar has it. */
#include "core/cesql/sql.h"

#include <cloudevents/alloc.h>

#include "core/base/utf8.h"

typedef struct parser {
    ce_sql_lexer lexer;
    ce_sql_token now;
    ce_arena *arena;
    ce_error *err;
    unsigned nesting;
} parser;

enum { LOGIC = 1, COMPARISON, SUM, PRODUCT };

static ce_status parse_expression(parser *p, int level, ce_sql_node **out);

/* --- helpers --- */

static ce_status advance(parser *p)
{
    return ce_sql_lex(&p->lexer, &p->now, p->err);
}

static size_t column(const parser *p)
{
    return (size_t)(p->now.text.ptr - p->lexer.all.ptr) + 1;
}

static ce_status expected(const parser *p, const char *what)
{
    if (p->now.kind == CE_TOKEN_END)
        return ce_fail(p->err, CE_ESYNTAX,
                       "column %zu: expected %s, not the end", column(p), what);
    return ce_fail(p->err, CE_ESYNTAX, "column %zu: expected %s, not \"%.*s\"",
                   column(p), what,
                   p->now.text.len < 60 ? (int)p->now.text.len : 60,
                   p->now.text.ptr);
}

static ce_status expect(parser *p, ce_sql_token_kind kind, const char *what)
{
    return p->now.kind == kind ? advance(p) : expected(p, what);
}

static ce_status node(parser *p, ce_sql_kind kind, ce_sql_node **out)
{
    *out = ce_arena_alloc(p->arena, sizeof **out);
    if (!*out)
        return ce_no_memory(p->err);
    **out = (ce_sql_node){ .kind = kind, .height = 1 };
    return CE_OK;
}

static ce_status grow(parser *p, ce_sql_node *above, const ce_sql_node *below)
{
    if (above->height <= below->height)
        above->height = below->height + 1;
    if (above->height > CE_SQL_HEIGHT_MAX)
        return ce_fail(p->err, CE_ESYNTAX,
                       "column %zu: more than %d operators in a chain",
                       column(p), CE_SQL_HEIGHT_MAX);
    return CE_OK;
}

/* --- literals and names --- */

static ce_status unquote(parser *p, ce_slice *out)
{
    ce_slice in = { p->now.text.ptr + 1, p->now.text.len - 2 };
    char quote = *p->now.text.ptr, *to;
    size_t n = 0;

    to = ce_arena_alloc(p->arena, in.len + 1);
    if (!to)
        return ce_no_memory(p->err);
    for (size_t i = 0; i < in.len; i++) {
        if (in.ptr[i] == '\\' && i + 1 < in.len) {
            if (in.ptr[i + 1] != quote)
                to[n++] = '\\';
            i++;
        }
        to[n++] = in.ptr[i];
    }
    *out = (ce_slice){ to, n };
    return CE_OK;
}

/* TEXT has the sign, if there is one. */
static ce_status parse_integer(parser *p, ce_slice text, ce_sql_node **out)
{
    int32_t value;

    if (!ce_sql_parse_integer(text, &value))
        return expected(p, "an integer of 32 bits");
    if (node(p, CE_NODE_LITERAL, out) != CE_OK)
        return CE_ENOMEM;
    (*out)->value = ce_sql_integer(value);
    return advance(p);
}

static ce_status parse_literal(parser *p, ce_sql_node **out)
{
    ce_slice text;

    if (p->now.kind == CE_TOKEN_INTEGER)
        return parse_integer(p, p->now.text, out);
    if (node(p, CE_NODE_LITERAL, out) != CE_OK)
        return CE_ENOMEM;
    if (p->now.kind == CE_TOKEN_STRING) {
        if (unquote(p, &text) != CE_OK)
            return CE_ENOMEM;
        (*out)->value = ce_sql_string(text);
    } else {
        (*out)->value = ce_sql_boolean(p->now.kind == CE_TOKEN_TRUE);
    }
    return advance(p);
}

/* Attribute names are in lower case; an expression need not be. */
static ce_status parse_name(parser *p, ce_slice *out)
{
    char *to = ce_arena_alloc(p->arena, p->now.text.len);

    if (!to)
        return ce_no_memory(p->err);
    for (size_t i = 0; i < p->now.text.len; i++) {
        char c = p->now.text.ptr[i];

        if (c == '_')
            return expected(p, "an attribute's name of letters and digits");
        to[i] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    }
    *out = (ce_slice){ to, p->now.text.len };
    return advance(p);
}

static ce_status parse_exists(parser *p, ce_sql_node **out)
{
    ce_status status = advance(p);

    if (status != CE_OK)
        return status;
    if (p->now.kind != CE_TOKEN_WORD)
        return expected(p, "an attribute's name");
    status = node(p, CE_NODE_EXISTS, out);
    if (status != CE_OK)
        return status;
    return parse_name(p, &(*out)->text);
}

/* --- lists and calls --- */

/* Behind the opening parenthesis; consumes the closing one. */
static ce_status parse_list(parser *p, ce_sql_node *into)
{
    ce_sql_node **end = &into->list;
    ce_status status;

    for (;;) {
        status = parse_expression(p, LOGIC, end);
        if (status != CE_OK)
            return status;
        status = grow(p, into, *end);
        if (status != CE_OK)
            return status;
        end = &(*end)->next;
        into->count++;
        if (p->now.kind != CE_TOKEN_COMMA)
            return expect(p, CE_TOKEN_CLOSE, "\",\" or \")\"");
        status = advance(p);
        if (status != CE_OK)
            return status;
    }
}

static bool is_function_name(ce_slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((text.ptr[i] >= '0' && text.ptr[i] <= '9') ||
            (i == 0 && text.ptr[i] == '_'))
            return false;
    return true;
}

static ce_status parse_call(parser *p, ce_sql_token name, ce_sql_node *call)
{
    ce_status status = advance(p);

    if (status != CE_OK)
        return status;
    status = p->now.kind == CE_TOKEN_CLOSE ? advance(p) : parse_list(p, call);
    if (status != CE_OK)
        return status;
    /* An unknown function is no fault of the text: evaluating it is (CESQL
     * 3.5). */
    call->function = ce_sql_function_find(name.text, call->count);
    return CE_OK;
}

/* A name is a function's when a parenthesis follows. */
static ce_status parse_word(parser *p, ce_sql_node **out)
{
    ce_sql_lexer ahead = p->lexer;
    ce_sql_token name = p->now, following;
    ce_status status = ce_sql_lex(&ahead, &following, p->err);

    if (status != CE_OK)
        return status;
    if (following.kind != CE_TOKEN_OPEN) {
        status = node(p, CE_NODE_ATTRIBUTE, out);
        if (status != CE_OK)
            return status;
        return parse_name(p, &(*out)->text);
    }
    if (!is_function_name(name.text))
        return expected(p, "a function's name of letters and \"_\"");
    status = node(p, CE_NODE_CALL, out);
    if (status != CE_OK)
        return status;
    (*out)->text = name.text;
    status = advance(p);
    if (status != CE_OK)
        return status;
    return parse_call(p, name, *out);
}

/* --- operators --- */

static ce_status parse_operand(parser *p, ce_sql_node **out);

static ce_status parse_unary(parser *p, ce_sql_kind kind, ce_sql_node **out)
{
    ce_status status = node(p, kind, out);

    if (status != CE_OK)
        return status;
    status = parse_operand(p, &(*out)->left);
    if (status != CE_OK)
        return status;
    return grow(p, *out, (*out)->left);
}

/* A sign that touches a number belongs to it: -2147483648 is a literal. */
static ce_status parse_sign(parser *p, ce_sql_node **out)
{
    ce_sql_token sign = p->now;
    ce_status status = advance(p);

    if (status != CE_OK)
        return status;
    if (p->now.kind == CE_TOKEN_INTEGER && p->now.text.ptr == sign.text.ptr + 1)
        return parse_integer(
            p, (ce_slice){ sign.text.ptr, p->now.text.len + 1 }, out);
    if (sign.kind == CE_TOKEN_MINUS)
        return parse_unary(p, CE_NODE_NEGATE, out);
    return expected(p, "digits behind \"+\"");
}

static ce_status parse_parentheses(parser *p, ce_sql_node **out)
{
    ce_status status = advance(p);

    if (status != CE_OK)
        return status;
    status = parse_expression(p, LOGIC, out);
    if (status != CE_OK)
        return status;
    return expect(p, CE_TOKEN_CLOSE, "\")\"");
}

static ce_status parse_operand_of(parser *p, ce_sql_node **out)
{
    ce_status status;

    switch (p->now.kind) {
    case CE_TOKEN_INTEGER:
    case CE_TOKEN_STRING:
    case CE_TOKEN_TRUE:
    case CE_TOKEN_FALSE:
        return parse_literal(p, out);
    case CE_TOKEN_WORD:
        return parse_word(p, out);
    case CE_TOKEN_OPEN:
        return parse_parentheses(p, out);
    case CE_TOKEN_EXISTS:
        return parse_exists(p, out);
    case CE_TOKEN_PLUS:
    case CE_TOKEN_MINUS:
        return parse_sign(p, out);
    case CE_TOKEN_NOT:
        status = advance(p);
        if (status != CE_OK)
            return status;
        return parse_unary(p, CE_NODE_NOT, out);
    default:
        return expected(p, "an expression");
    }
}

static ce_status parse_operand(parser *p, ce_sql_node **out)
{
    ce_status status;

    if (p->nesting == CE_SQL_NESTING_MAX)
        return ce_fail(p->err, CE_ESYNTAX, "column %zu: nested deeper than %d",
                       column(p), CE_SQL_NESTING_MAX);
    p->nesting++;
    status = parse_operand_of(p, out);
    p->nesting--;
    return status;
}

static ce_status parse_like(parser *p, ce_sql_node *like)
{
    ce_status status = advance(p);

    if (status != CE_OK)
        return status;
    if (p->now.kind != CE_TOKEN_STRING)
        return expected(p, "a pattern in quotes");
    status = unquote(p, &like->text);
    if (status != CE_OK)
        return status;
    return advance(p);
}

static ce_status parse_in(parser *p, ce_sql_node *in)
{
    ce_status status = advance(p);

    if (status != CE_OK)
        return status;
    status = expect(p, CE_TOKEN_OPEN, "\"(\"");
    if (status != CE_OK)
        return status;
    return parse_list(p, in);
}

static bool is_postfix(ce_sql_token_kind kind)
{
    return kind == CE_TOKEN_NOT || kind == CE_TOKEN_LIKE || kind == CE_TOKEN_IN;
}

static ce_status parse_like_or_in(parser *p, ce_sql_node *made)
{
    if (made->kind == CE_NODE_LIKE)
        return parse_like(p, made);
    return parse_in(p, made);
}

/* [NOT] LIKE or [NOT] IN; what stood before becomes its left operand. */
static ce_status parse_one_postfix(parser *p, ce_sql_node **out)
{
    bool negated = p->now.kind == CE_TOKEN_NOT, is_like;
    ce_sql_node *made;
    ce_status status = negated ? advance(p) : CE_OK;

    if (status != CE_OK)
        return status;
    is_like = p->now.kind == CE_TOKEN_LIKE;
    if (!is_like && p->now.kind != CE_TOKEN_IN)
        return expected(p, "LIKE or IN");
    status = node(p, is_like ? CE_NODE_LIKE : CE_NODE_IN, &made);
    if (status != CE_OK)
        return status;
    made->negated = negated;
    made->left = *out;
    *out = made;
    status = parse_like_or_in(p, made);
    if (status != CE_OK)
        return status;
    return grow(p, made, made->left);
}

static ce_status parse_postfix(parser *p, ce_sql_node **out)
{
    ce_status status = parse_operand(p, out);

    while (status == CE_OK && is_postfix(p->now.kind))
        status = parse_one_postfix(p, out);
    return status;
}

static int level_of(ce_sql_token_kind kind)
{
    switch (kind) {
    case CE_TOKEN_AND:
    case CE_TOKEN_OR:
    case CE_TOKEN_XOR:
        return LOGIC;
    case CE_TOKEN_EQUAL:
    case CE_TOKEN_UNEQUAL:
    case CE_TOKEN_LESS:
    case CE_TOKEN_LESS_EQUAL:
    case CE_TOKEN_GREATER:
    case CE_TOKEN_GREATER_EQUAL:
        return COMPARISON;
    case CE_TOKEN_PLUS:
    case CE_TOKEN_MINUS:
        return SUM;
    case CE_TOKEN_STAR:
    case CE_TOKEN_SLASH:
    case CE_TOKEN_PERCENT:
        return PRODUCT;
    default:
        return 0;
    }
}

static ce_status parse_right(parser *p, ce_sql_node **left)
{
    ce_sql_node *made;
    int level = level_of(p->now.kind);
    ce_status status = node(p, CE_NODE_BINARY, &made);

    if (status != CE_OK)
        return status;
    made->op = p->now.kind;
    made->left = *left;
    *left = made;
    status = advance(p);
    if (status != CE_OK)
        return status;
    /* Logical operators group to the right, all others to the left. */
    status =
        parse_expression(p, level == LOGIC ? LOGIC : level + 1, &made->right);
    if (status != CE_OK)
        return status;
    status = grow(p, made, made->left);
    if (status != CE_OK)
        return status;
    return grow(p, made, made->right);
}

/* Operators of LEVEL and those that bind tighter. The chain of logical ones
 * recurses: nesting counts it too. */
static ce_status parse_expression(parser *p, int level, ce_sql_node **out)
{
    ce_status status;

    if (p->nesting == CE_SQL_NESTING_MAX)
        return ce_fail(p->err, CE_ESYNTAX, "column %zu: nested deeper than %d",
                       column(p), CE_SQL_NESTING_MAX);
    p->nesting++;
    status = parse_postfix(p, out);
    while (status == CE_OK && level_of(p->now.kind) >= level)
        status = parse_right(p, out);
    p->nesting--;
    return status;
}

ce_status ce_sql_parse(ce_sql_node **out, ce_slice text, ce_arena *arena,
                       ce_error *err)
{
    parser p = { .lexer = { text, text }, .arena = arena, .err = err };
    ce_status status;

    if (text.len > CE_SQL_TEXT_MAX)
        return ce_fail(err, CE_ESYNTAX, "longer than %d bytes",
                       CE_SQL_TEXT_MAX);
    if (!ce_utf8_is_valid(text))
        return ce_fail(err, CE_ESYNTAX, "not valid UTF-8");
    status = advance(&p);
    if (status != CE_OK)
        return status;
    status = parse_expression(&p, LOGIC, out);
    if (status != CE_OK)
        return status;
    if (p.now.kind != CE_TOKEN_END)
        return expected(&p, "an operator or the end");
    return CE_OK;
}
