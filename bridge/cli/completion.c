/* SPDX-License-Identifier: Apache-2.0 */
/* Completes commands, options, values and endpoints by the tables that read
 * them, and what has no name of its own by the usage of its command. */
#include "bridge/cli/completion.h"

#include <string.h>

#include <cloudevents/transport.h>

#include "bridge/cli/help.h"
#include "bridge/forms/form.h"

enum { WORD = 500 };

typedef struct completion {
    FILE *out;
    const br_command *const *commands;
    const char *word; /* what is to be completed ... */
    size_t kept;      /* ... behind so many characters of it */
} completion;

/* Writes TEXT if the word begins like it. */
static void offer(const completion *c, const char *text, const char *about)
{
    const char *begun = c->word + c->kept;

    if (strncmp(text, begun, strlen(begun)) == 0)
        fprintf(c->out, "%.*s%s\t%s\n", (int)c->kept, c->word, text, about);
}

static void offer_each(const completion *c, const char *texts, char between,
                       const char *about)
{
    char text[WORD];

    while (*texts) {
        size_t len = strcspn(texts, (char[]){ between, '\0' });

        snprintf(text, sizeof text, "%.*s", (int)len, texts);
        offer(c, text, about);
        texts += len;
        texts += strspn(texts, (char[]){ between, ' ', '\0' });
    }
}

static void offer_commands(const completion *c)
{
    for (const br_command *const *i = c->commands; *i; i++)
        offer(c, (*i)->name, (*i)->summary);
}

static void offer_transports(const completion *c)
{
    const ce_transport *t;

    for (unsigned i = 0; (t = ce_transport_at(i)); i++)
        offer(c, t->name, t->help);
}

static void offer_forms(const completion *c)
{
    char names[BR_FORM_NAMES_SIZE];

    br_form_names(names, sizeof names);
    offer_each(c, names, ',', "");
}

/* --- endpoints --- */

static void offer_value(const completion *c, const ce_option *o);

/* As HELP spells it: "http://", "file:", "-". */
static void write_scheme(char *out, size_t size, const char *scheme,
                         const char *help)
{
    bool is_dash = strcmp(scheme, "-") == 0;

    snprintf(out, size, "%s%s", scheme, is_dash ? "" : "://");
    if (!is_dash && !strstr(help, out))
        out[strlen(scheme) + 1] = '\0';
}

static void offer_schemes(const completion *c, bool is_sink)
{
    const ce_transport *t;
    char text[WORD];

    for (unsigned i = 0; (t = ce_transport_at(i)); i++) {
        if (is_sink ? !t->sender : !t->receiver)
            continue;
        for (const char *const *s = t->schemes; *s; s++) {
            write_scheme(text, sizeof text, *s, t->help);
            offer(c, text, t->help);
        }
    }
}

/* The query of URI, whose last parameter is what is completed. */
static void offer_parameters(completion c, const ce_transport *t,
                             const char *query, bool is_sink)
{
    const ce_option *table = is_sink ? t->sender_options : t->receiver_options;
    const char *last = strrchr(query, '&');
    const char *begun = last ? last + 1 : query + 1;
    const char *equals = strchr(begun, '=');
    char text[WORD];

    c.kept = (size_t)(begun - c.word);
    if (equals) {
        snprintf(text, sizeof text, "%.*s", (int)(equals - begun), begun);
        c.kept = (size_t)(equals + 1 - c.word);
        offer_value(&c, ce_option_find(table, text));
        return;
    }
    for (const ce_option *o = table; o && o->name; o++) {
        snprintf(text, sizeof text, "%s%s", o->name,
                 o->type == CE_OPT_FAMILY ? "" : "=");
        offer(&c, text, o->help);
    }
}

static void offer_endpoints(const completion *c, bool is_sink)
{
    const char *uri = c->word + c->kept, *query = strchr(uri, '?');
    const ce_transport *t = query ? ce_transport_find(uri) : NULL;

    if (t)
        offer_parameters(*c, t, query, is_sink);
    else
        offer_schemes(c, is_sink);
}

/* --- values --- */

/* WHAT is how help calls the value: SINK, FORM, TIME, a|b. */
static void offer_kind(const completion *c, const char *what, const char *about)
{
    if (strcmp(what, "SOURCE") == 0 || strcmp(what, "SINK") == 0)
        offer_endpoints(c, what[1] == 'I');
    else if (strcmp(what, "COMMAND") == 0)
        offer_commands(c);
    else if (strcmp(what, "TRANSPORT") == 0)
        offer_transports(c);
    else if (strcmp(what, "FORM") == 0)
        offer_forms(c);
    else if (what[0] >= 'a' && what[0] <= 'z')
        offer_each(c, what, '|', about);
}

static void offer_value(const completion *c, const ce_option *o)
{
    if (o)
        offer_kind(c, br_help_value(o), o->help);
}

static void offer_options(const completion *c, const ce_option *table)
{
    char text[WORD];

    for (const ce_option *o = table; o && o->name; o++) {
        br_help_option(text, sizeof text, o);
        offer(c, text, o->help);
    }
    offer(c, "--help", "explains the command");
}

/* --- words without a name --- */

/* Words of one line of a usage, in their order. */
typedef struct usage {
    const char *at;
    char word[80];
    char kind[80]; /* without brackets and dots */
} usage;

/* Moves to the word behind, or stays at the last if it repeats itself. */
static bool next_kind(usage *u)
{
    size_t len, skipped;

    if (strstr(u->word, "..."))
        return true;
    u->at += strspn(u->at, " ");
    len = strcspn(u->at, " \n");
    snprintf(u->word, sizeof u->word, "%.*s", (int)len, u->at);
    u->at += len;
    skipped = strspn(u->word, "[");
    snprintf(u->kind, sizeof u->kind, "%.*s",
             (int)strcspn(u->word + skipped, "]."), u->word + skipped);
    if (strcmp(u->kind, "options") == 0)
        return next_kind(u);
    return len > 0;
}

/* A word in lower case stands for itself. */
static bool fits(const usage *u, const char *word)
{
    return u->kind[0] < 'a' || u->kind[0] > 'z' || strcmp(u->kind, word) == 0;
}

static void offer_of_line(const completion *c, const char *line,
                          const char *const *words, unsigned count)
{
    usage u = { .at = line };
    bool fine = true;

    /* The names of the program and the command come first. */
    for (unsigned i = 0; i < 2 + count && fine; i++)
        fine = next_kind(&u) && (i < 2 || fits(&u, words[i - 2]));
    if (fine && next_kind(&u))
        offer_kind(c, u.kind, "");
}

/* WORDS are the COUNT ones without a name before. */
static void offer_words(const completion *c, const char *text,
                        const char *const *words, unsigned count)
{
    for (; text; text = strchr(text, '\n')) {
        text += strspn(text, "\n");
        offer_of_line(c, text, words, count);
    }
}

/* --- commands --- */

/* The option that WORD names, without its value. */
static const ce_option *option_of(const ce_option *table, const char *word)
{
    char name[WORD];

    snprintf(name, sizeof name, "%.*s", (int)strcspn(word + 2, "="), word + 2);
    for (char *p = name; *p && *p != '.'; p++)
        if (*p == '-')
            *p = '_';
    return ce_option_find(table, name);
}

/* Whether WORD is an option whose value is the next word. */
static bool is_open(const ce_option *table, const char *word)
{
    const ce_option *o = strncmp(word, "--", 2) == 0 && !strchr(word, '=')
                             ? option_of(table, word)
                             : NULL;

    return o && o->type != CE_OPT_BOOLEAN;
}

/* Moves the words without a name to the front of KEPT; returns their number,
 * and in *OPEN the option that waits for its value. */
static unsigned sort_out(const ce_option *table, const char *const *words,
                         unsigned count, const char **kept,
                         const ce_option **open)
{
    unsigned n = 0;

    *open = NULL;
    for (unsigned i = 0; i < count; i++) {
        bool is_value = *open;

        *open = NULL;
        if (!is_value && is_open(table, words[i]))
            *open = option_of(table, words[i]);
        else if (!is_value && strncmp(words[i], "--", 2) != 0)
            kept[n++] = words[i];
    }
    return n;
}

static void complete_command(completion *c, const br_command *command,
                             const char *const *words, unsigned count)
{
    const ce_option *table = br_command_options(command), *open;
    const char *kept[64], *equals = strchr(c->word, '=');
    unsigned most = sizeof kept / sizeof *kept;
    unsigned n =
        sort_out(table, words, count < most ? count : most, kept, &open);

    if (open) {
        offer_value(c, open);
    } else if (strncmp(c->word, "--", 2) == 0 && equals) {
        c->kept = (size_t)(equals + 1 - c->word);
        offer_value(c, option_of(table, c->word));
    } else if (c->word[0] == '-' && c->word[1]) {
        offer_options(c, table);
    } else {
        offer_words(c, command->usage, kept, n);
    }
}

void br_complete(FILE *out, const br_command *const *commands,
                 const char *const *words, unsigned count)
{
    completion c = { out, commands, words[count - 1], 0 };
    const br_command *command;

    if (count == 1) {
        offer_commands(&c);
        offer(&c, "--help", "explains the program");
        offer(&c, "--version", "says which one it is");
        return;
    }
    command = br_command_find(commands, words[0]);
    if (command)
        complete_command(&c, command, words + 1, count - 2);
}
