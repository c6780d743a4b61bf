/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens of CESQL. A sign is a token of its own: the parser knows when it
 * belongs to a number. */
#include "core/cesql/sql.h"

#include <string.h>

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_word_character(char c)
{
    return is_digit(c) || c == '_' || (c >= 'a' && c <= 'z') ||
           (c >= 'A' && c <= 'Z');
}

static size_t column(const ce_sql_lexer *l)
{
    return (size_t)(l->rest.ptr - l->all.ptr) + 1;
}

static void take(ce_sql_lexer *l, size_t n, ce_sql_token_kind kind,
                 ce_sql_token *out)
{
    *out = (ce_sql_token){ kind, { l->rest.ptr, n } };
    l->rest = ce_slice_skip(l->rest, n);
}

/* A doubled quote goes on, and stays doubled in the value. */
static ce_status lex_string(ce_sql_lexer *l, ce_sql_token *out, ce_error *err)
{
    char quote = *l->rest.ptr;

    for (size_t i = 1; i < l->rest.len; i++) {
        if (l->rest.ptr[i] == '\\') {
            i++;
        } else if (l->rest.ptr[i] == quote) {
            if (i + 1 == l->rest.len || l->rest.ptr[i + 1] != quote) {
                take(l, i + 1, CE_TOKEN_STRING, out);
                return CE_OK;
            }
            i++;
        }
    }
    return ce_fail(err, CE_ESYNTAX, "column %zu: the string has no end",
                   column(l));
}

static ce_sql_token_kind keyword(ce_slice word)
{
    static const struct {
        const char *name;
        ce_sql_token_kind kind;
    } words[] = {
        { "and", CE_TOKEN_AND },       { "or", CE_TOKEN_OR },
        { "xor", CE_TOKEN_XOR },       { "not", CE_TOKEN_NOT },
        { "like", CE_TOKEN_LIKE },     { "in", CE_TOKEN_IN },
        { "true", CE_TOKEN_TRUE },     { "false", CE_TOKEN_FALSE },
        { "exists", CE_TOKEN_EXISTS },
    };

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (ce_slice_eq_nocase(word, ce_slice_of(words[i].name)))
            return words[i].kind;
    return CE_TOKEN_WORD;
}

static void lex_word(ce_sql_lexer *l, ce_sql_token *out)
{
    size_t n = 0;
    bool digits = true;

    for (; n < l->rest.len && is_word_character(l->rest.ptr[n]); n++)
        digits = digits && is_digit(l->rest.ptr[n]);
    take(l, n, CE_TOKEN_INTEGER, out);
    if (!digits)
        out->kind = keyword(out->text);
}

static ce_status lex_operator(ce_sql_lexer *l, ce_sql_token *out, ce_error *err)
{
    static const struct {
        const char *text;
        ce_sql_token_kind kind;
    } operators[] = {
        { "!=", CE_TOKEN_UNEQUAL },    { "<>", CE_TOKEN_UNEQUAL },
        { "<=", CE_TOKEN_LESS_EQUAL }, { ">=", CE_TOKEN_GREATER_EQUAL },
        { "<", CE_TOKEN_LESS },        { ">", CE_TOKEN_GREATER },
        { "=", CE_TOKEN_EQUAL },       { "+", CE_TOKEN_PLUS },
        { "-", CE_TOKEN_MINUS },       { "*", CE_TOKEN_STAR },
        { "/", CE_TOKEN_SLASH },       { "%", CE_TOKEN_PERCENT },
        { "(", CE_TOKEN_OPEN },        { ")", CE_TOKEN_CLOSE },
        { ",", CE_TOKEN_COMMA },
    };

    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
        if (ce_slice_starts(l->rest, ce_slice_of(operators[i].text))) {
            take(l, strlen(operators[i].text), operators[i].kind, out);
            return CE_OK;
        }
    if (*l->rest.ptr > ' ' && *l->rest.ptr <= '~')
        return ce_fail(err, CE_ESYNTAX,
                       "column %zu: \"%c\" has no meaning here", column(l),
                       *l->rest.ptr);
    return ce_fail(err, CE_ESYNTAX, "column %zu: unknown character 0x%02x",
                   column(l), (unsigned)(unsigned char)*l->rest.ptr);
}

ce_status ce_sql_lex(ce_sql_lexer *l, ce_sql_token *out, ce_error *err)
{
    while (l->rest.len > 0 && is_blank(*l->rest.ptr))
        l->rest = ce_slice_skip(l->rest, 1);
    if (l->rest.len == 0) {
        take(l, 0, CE_TOKEN_END, out);
        return CE_OK;
    }
    if (*l->rest.ptr == '\'' || *l->rest.ptr == '"')
        return lex_string(l, out, err);
    if (!is_word_character(*l->rest.ptr))
        return lex_operator(l, out, err);
    lex_word(l, out);
    return CE_OK;
}
