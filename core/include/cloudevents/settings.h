/* SPDX-License-Identifier: Apache-2.0 */
/* Options are declared once, in tables; URIs, YAML and --help follow them. */
#ifndef CLOUDEVENTS_SETTINGS_H
#define CLOUDEVENTS_SETTINGS_H

#include <stdint.h>

#include <cloudevents/slice.h>

CE_BEGIN_DECLS

typedef enum ce_option_type {
    CE_OPT_TEXT,
    CE_OPT_SECRET,  /* text that is never printed */
    CE_OPT_INTEGER, /* decimal; MIN and MAX apply */
    CE_OPT_BOOLEAN, /* true or false */
    CE_OPT_SIZE,    /* bytes, with a unit: 64KiB, 1MiB, 10MB, 500B */
    CE_OPT_TIME,    /* with a unit: 100ms, 30s, 5m, 2h, 7d */
    CE_OPT_CHOICE,  /* one of CHOICES, separated by '|' */
    CE_OPT_LIST,    /* texts, separated by commas; in YAML a list, too */
    CE_OPT_FAMILY   /* NAME is a prefix such as "rdkafka."; values are text */
} ce_option_type;

/* A table ends with a row whose name is NULL. */
typedef struct ce_option {
    const char *name;
    ce_option_type type;
    const char *preset;  /* the default's text, or NULL: none */
    const char *choices; /* of CE_OPT_CHOICE; of CE_OPT_TEXT what help calls the
                            value, such as DIR, or NULL: TEXT */
    int64_t min, max;    /* both 0: unbounded */
    const char *help;    /* one sentence, lower case, no full stop */
} ce_option;
/* The last row of every table. */
#define CE_OPTION_END                                                          \
    {                                                                          \
        NULL, CE_OPT_TEXT, NULL, NULL, 0, 0, NULL                              \
    }

/* The parts of an endpoint's URI and the values of its options. Texts that the
 * functions below return live until the settings are closed. */
typedef struct ce_settings ce_settings;

typedef enum ce_uri_rule {
    CE_URI_STRICT,  /* every query parameter is an option */
    CE_URI_FOREIGN, /* unknown parameters belong to the target */
    CE_URI_OPAQUE   /* all parameters belong to the target */
} ce_uri_rule;

/* Parses URI against TABLE, which is borrowed for the settings' life. */
CE_API ce_status ce_settings_open(ce_settings **out, const ce_option *table,
                                  const char *uri, ce_uri_rule rule,
                                  ce_error *err) CE_MUST_USE;
/* Accepts NULL; wipes secrets. */
CE_API void ce_settings_close(ce_settings *s);

/* Checks VALUE by the option's row. An unknown NAME fails with CE_ENOENT and
 * the nearest known name; ${ENV} is not expanded here. */
CE_API ce_status ce_settings_set(ce_settings *s, const char *name,
                                 const char *value, ce_error *err) CE_MUST_USE;
/* Whether the user set it; a preset does not count. */
CE_API bool ce_settings_has(const ce_settings *s, const char *name);
/* The value or the preset, or NULL. Asking for a name that is not in the table
 * is a programming error. */
CE_API const char *ce_settings_text(const ce_settings *s, const char *name);
CE_API int64_t ce_settings_integer(const ce_settings *s, const char *name);
CE_API bool ce_settings_boolean(const ce_settings *s, const char *name);
CE_API uint64_t ce_settings_bytes(const ce_settings *s, const char *name);
CE_API uint64_t ce_settings_ms(const ce_settings *s, const char *name);
/* Walks the members of a family; NAME comes without the prefix. */
CE_API void ce_settings_each(const ce_settings *s, const char *family,
                             void (*fn)(void *arg, const char *name,
                                        const char *value),
                             void *arg);
/* The content of option FILE_NAME's file without its last line break, or the
 * value of NAME. *OUT is NULL if neither is set, else the caller's to free. */
CE_API ce_status ce_settings_secret(const ce_settings *s, const char *name,
                                    const char *file_name, char **out,
                                    ce_error *err) CE_MUST_USE;

/* Parts of the URI; never NULL. */
CE_API const char *ce_settings_scheme(const ce_settings *s);
/* "host:port[,host:port]", as written, without user information. */
CE_API const char *ce_settings_authority(const ce_settings *s);
/* The first host without port and brackets, and its port or FALLBACK. */
CE_API const char *ce_settings_host(const ce_settings *s);
CE_API unsigned ce_settings_port(const ce_settings *s, unsigned fallback);
/* Everything after the authority's '/', percent-decoded, '#' and '+' kept: a
 * topic, a topic filter; for file: and "-" the file's path. */
CE_API const char *ce_settings_path(const ce_settings *s);
/* The URI to give to a client library: without user information and without
 * the parameters that are options. */
CE_API const char *ce_settings_target(const ce_settings *s);
/* The URI for people and logs: no user information, no secrets. */
CE_API const char *ce_settings_label(const ce_settings *s);
/* From the user information, percent-decoded, or NULL. */
CE_API const char *ce_settings_user(const ce_settings *s);
CE_API const char *ce_settings_password(const ce_settings *s);

/* Checks VALUE against one row, for option tables outside endpoints. */
CE_API ce_status ce_option_check(const ce_option *o, const char *value,
                                 ce_error *err) CE_MUST_USE;
CE_API const ce_option *ce_option_find(const ce_option *table,
                                       const char *name);
/* The closest name in TABLE, or NULL if none is close. */
CE_API const char *ce_option_nearest(const ce_option *table, const char *name);
/* The units of CE_OPT_SIZE and CE_OPT_TIME; CE_ESYNTAX otherwise. */
CE_API ce_status ce_parse_bytes(const char *text, uint64_t *out) CE_MUST_USE;
CE_API ce_status ce_parse_ms(const char *text, uint64_t *out) CE_MUST_USE;

CE_END_DECLS

#endif
