/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/config/shape.h"

#include <yaml.h>

typedef struct shape {
    unsigned depth, anchors;
    bool is_over;
} shape;

static void count_anchor(shape *s, const yaml_char_t *anchor)
{
    s->anchors += anchor != NULL;
}

static void take(shape *s, const yaml_event_t *e)
{
    switch (e->type) {
    case YAML_MAPPING_START_EVENT:
        count_anchor(s, e->data.mapping_start.anchor);
        s->depth++;
        break;
    case YAML_SEQUENCE_START_EVENT:
        count_anchor(s, e->data.sequence_start.anchor);
        s->depth++;
        break;
    case YAML_SCALAR_EVENT:
        count_anchor(s, e->data.scalar.anchor);
        break;
    case YAML_MAPPING_END_EVENT:
    case YAML_SEQUENCE_END_EVENT:
        s->depth--;
        break;
    default:
        s->is_over = e->type == YAML_STREAM_END_EVENT;
    }
}

/* The root is a level, too. */
static bool fits(const shape *s, const yaml_event_t *e, br_faults *faults)
{
    br_node at = { .line = (unsigned)e->start_mark.line + 1 };

    if (s->depth > BR_DEPTH_MAX + 1)
        br_fault(faults, &at, "more than %d levels", BR_DEPTH_MAX);
    else if (s->anchors > BR_ANCHORS_MAX)
        br_fault(faults, &at, "more than %d anchors", BR_ANCHORS_MAX);
    else
        return true;
    return false;
}

static bool check_events(yaml_parser_t *parser, br_faults *faults)
{
    shape s = { 0 };
    bool fine = true;

    while (fine && !s.is_over) {
        yaml_event_t e;

        if (!yaml_parser_parse(parser, &e))
            break;
        take(&s, &e);
        fine = fits(&s, &e, faults);
        yaml_event_delete(&e);
    }
    return fine;
}

bool br_config_check_shape(ce_slice text, br_faults *faults)
{
    yaml_parser_t parser;
    bool fine;

    if (!yaml_parser_initialize(&parser)) {
        br_fault(faults, NULL, "out of memory");
        return false;
    }
    yaml_parser_set_input_string(&parser, (const unsigned char *)text.ptr,
                                 text.len);
    fine = check_events(&parser, faults);
    yaml_parser_delete(&parser);
    return fine;
}
