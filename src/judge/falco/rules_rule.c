// Rules: whole ones, and those that change an earlier one.
#include "judge/falco/rules_impl.h"

static bool read_condition(pt_falco_loader *l, const pt_falco_about *about,
                           const pt_falco_node *item, bool append, pt_falco_rule_def *ret) {
    (void)append;
    pt_falco_about at = *about;
    if (!pt_falco_read_condition(l, about, item, &ret->rule.condition, &ret->pieces))
        return false;
    pt_falco_point_at(&ret->pieces, 0, &at);
    ret->rule.condition_line = at.line;
    return true;
}

static bool read_output(pt_falco_loader *l, const pt_falco_about *about, const pt_falco_node *item,
                        bool append, pt_falco_rule_def *ret) {
    (void)append;
    if (!pt_falco_read_text(l, about, item, "output", &ret->rule.output))
        return false;
    ret->rule.output = pt_str_trim(ret->rule.output);
    return true;
}

static bool read_desc(pt_falco_loader *l, const pt_falco_about *about, const pt_falco_node *item,
                      bool append, pt_falco_rule_def *ret) {
    (void)append;
    return pt_falco_read_text(l, about, item, "desc", &ret->rule.description);
}

static bool read_priority(pt_falco_loader *l, const pt_falco_about *about,
                          const pt_falco_node *item, bool append, pt_falco_rule_def *ret) {
    (void)append;
    pt_str text = {0};
    if (!pt_falco_read_text(l, about, item, "priority", &text))
        return false;
    if (pt_str_eq_nocase(text, PT_STR("info")))
        text = PT_STR("informational");
    for (size_t i = 0; i < PT_FALCO_PRIORITIES; i++)
        if (pt_str_eq_nocase(text, pt_str_of(pt_falco_priority_names[i]))) {
            ret->rule.priority = (pt_falco_priority)i;
            return true;
        }
    pt_falco_node node = pt_falco_child(item, PT_STR("priority"));
    pt_falco_about at = pt_falco_about_node(l, &node, about->type, about->name);
    return pt_falco_refuse(l, PT_LOAD_SHAPE, &at, "Invalid priority");
}

static bool read_exceptions(pt_falco_loader *l, const pt_falco_about *about,
                            const pt_falco_node *item, bool append, pt_falco_rule_def *ret) {
    return pt_falco_read_exceptions(l, about, item, append, &ret->exceptions);
}

static bool read_tags(pt_falco_loader *l, const pt_falco_about *about, const pt_falco_node *item,
                      bool append, pt_falco_rule_def *ret) {
    (void)append;
    return pt_falco_read_texts(l, about, item, "tags", &ret->tags);
}

static bool read_enabled(pt_falco_loader *l, const pt_falco_about *about, const pt_falco_node *item,
                         bool append, pt_falco_rule_def *ret) {
    (void)append;
    return pt_falco_read_bool(l, about, item, "enabled", &ret->rule.enabled);
}

static bool read_warn(pt_falco_loader *l, const pt_falco_about *about, const pt_falco_node *item,
                      bool append, pt_falco_rule_def *ret) {
    (void)append;
    return pt_falco_read_bool(l, about, item, "warn_evttypes", &ret->rule.warn_event_types);
}

static bool read_skip(pt_falco_loader *l, const pt_falco_about *about, const pt_falco_node *item,
                      bool append, pt_falco_rule_def *ret) {
    (void)append;
    return pt_falco_read_bool(l, about, item, "skip-if-unknown-filter",
                              &ret->rule.skip_if_unknown_filter);
}

static bool read_capture(pt_falco_loader *l, const pt_falco_about *about, const pt_falco_node *item,
                         bool append, pt_falco_rule_def *ret) {
    (void)append;
    return pt_falco_read_bool(l, about, item, "capture", &ret->rule.capture);
}

static bool read_capture_ms(pt_falco_loader *l, const pt_falco_about *about,
                            const pt_falco_node *item, bool append, pt_falco_rule_def *ret) {
    (void)append;
    return pt_falco_read_count(l, about, item, "capture_duration", &ret->rule.capture_ms);
}

static const pt_falco_key keys[] = {
    [PT_KEY_CONDITION] = {"condition", true, true, read_condition},
    [PT_KEY_OUTPUT] = {"output", true, true, read_output},
    [PT_KEY_DESC] = {"desc", true, true, read_desc},
    [PT_KEY_PRIORITY] = {"priority", false, true, read_priority},
    [PT_KEY_EXCEPTIONS] = {"exceptions", true, false, read_exceptions},
    [PT_KEY_TAGS] = {"tags", true, false, read_tags},
    [PT_KEY_ENABLED] = {"enabled", false, false, read_enabled},
    [PT_KEY_WARN_EVTTYPES] = {"warn_evttypes", false, false, read_warn},
    [PT_KEY_SKIP] = {"skip-if-unknown-filter", false, false, read_skip},
    [PT_KEY_CAPTURE] = {"capture", false, false, read_capture},
    [PT_KEY_CAPTURE_MS] = {"capture_duration", false, false, read_capture_ms},
};
static_assert(PT_COUNT(keys) == PT_KEY_COUNT, "a row each");

static unsigned keys_of(const pt_falco_node *item) {
    unsigned ret = 0;
    for (size_t i = 0; i < PT_KEY_COUNT; i++)
        if (pt_falco_has(item, keys[i].name))
            ret |= 1u << i;
    return ret;
}

// The keys that `override` names, with their values.
static bool read_overridden(pt_falco_loader *l, const pt_falco_node *item, unsigned which,
                            const char *how, pt_falco_rule_def *ret) {
    bool append = pt_str_eqz(pt_str_of(how), "append");
    for (size_t i = 0; i < PT_KEY_COUNT; i++) {
        if (!(which & 1u << i))
            continue;
        if (!pt_falco_has(item, keys[i].name))
            return pt_falco_refuse(l, PT_LOAD_SHAPE, &ret->about,
                                   "An %s override for '%s' was specified but '%s' is not defined",
                                   how, keys[i].name, keys[i].name);
        if (!keys[i].read(l, &ret->about, item, append, ret))
            return false;
    }
    ret->keys = which;
    return true;
}

static bool override_rule(pt_falco_loader *l, const pt_falco_node *item,
                          const pt_falco_rule_def *def, const pt_falco_override *over) {
    pt_falco_rule_def more = *def;
    pt_falco_rule_def other = *def;
    if (over->append && (!read_overridden(l, item, over->append, "append", &more) ||
                         !pt_falco_append_rule(l, &more)))
        return false;
    if (over->replace && (!read_overridden(l, item, over->replace, "replace", &other) ||
                          !pt_falco_replace_rule(l, &other)))
        return false;
    unsigned left = keys_of(item) & ~(over->append | over->replace);
    if (!left)
        return true;
    const char *key = keys[__builtin_ctz(left)].name;
    return pt_falco_refuse(l, PT_LOAD_SHAPE, &def->about,
                           "Unexpected key '%s': no corresponding entry under 'override' is "
                           "defined.",
                           key);
}

// `append: true`: conditions and exceptions are taken, nothing else is looked at.
static bool append_to_rule(pt_falco_loader *l, const pt_falco_node *item, pt_falco_rule_def *def) {
    static const unsigned taken = 1u << PT_KEY_CONDITION | 1u << PT_KEY_EXCEPTIONS;
    return read_overridden(l, item, keys_of(item) & taken, "append", def) &&
           pt_falco_append_rule(l, def);
}

static bool enable_rule(pt_falco_loader *l, const pt_falco_node *item, pt_falco_rule_def *def) {
    if (!read_enabled(l, &def->about, item, false, def))
        return false;
    pt_falco_warn(l, "LOAD_DEPRECATED_ITEM", &def->about,
                  "The standalone 'enabled' key usage is deprecated. The correct approach requires "
                  "also a 'replace' entry under the 'override' key (i.e. 'enabled: replace').");
    return pt_falco_enable_rule(l, def);
}

static bool define_rule(pt_falco_loader *l, const pt_falco_node *item, pt_falco_rule_def *def) {
    unsigned has = keys_of(item);
    for (size_t i = 0; i < PT_KEY_COUNT; i++)
        if ((keys[i].required || has & 1u << i) &&
            (!pt_falco_has(item, keys[i].name)
                 ? !pt_falco_refuse(l, PT_LOAD_SHAPE, &def->about,
                                    "Item has no mapping for key '%s'", keys[i].name)
                 : !keys[i].read(l, &def->about, item, false, def)))
            return false;
    if (pt_falco_has(item, "source") &&
        !pt_falco_read_text(l, &def->about, item, "source", &def->rule.source))
        return false;
    return pt_falco_define_rule(l, def);
}

bool pt_falco_read_rule(pt_falco_loader *l, const pt_falco_node *item) {
    pt_falco_rule_def def = {
        .about = pt_falco_about_node(l, item, "rule", (pt_str){0}),
        .rule = {.source = PT_STR("syscall"), .enabled = true, .warn_event_types = true},
    };
    bool append = false;
    pt_falco_override over = {0};
    if (!pt_falco_read_text(l, &def.about, item, "rule", &def.rule.name))
        return false;
    def.about.name = def.rule.name;
    def.rule.file = def.about.file;
    def.rule.line = def.about.line;
    if (!pt_falco_read_override(l, &def.about, item, keys, PT_KEY_COUNT, &over) ||
        !pt_falco_read_append(l, &def.about, item, over.append || over.replace, &append))
        return false;
    if (over.append || over.replace)
        return override_rule(l, item, &def, &over);
    if (append)
        return append_to_rule(l, item, &def);
    static const unsigned whole =
        1u << PT_KEY_CONDITION | 1u << PT_KEY_OUTPUT | 1u << PT_KEY_DESC | 1u << PT_KEY_PRIORITY;
    return keys_of(item) & whole ? define_rule(l, item, &def) : enable_rule(l, item, &def);
}
