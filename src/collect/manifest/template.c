// Helm charts hold templates, which are no YAML before they are rendered. An action in quotes is
// YAML, and other tools (Argo Workflows) give it a meaning: only a text that is broken, or stands
// among a chart's templates, is taken for one.
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "collect/manifest/impl.h"

bool pt_manifest_has_action(pt_str text) {
    return pt_str_has(text, PT_STR("{{"));
}

static bool is_bare(pt_str before) { // in its line
    size_t quotes[2] = {0};
    for (size_t i = 0; i < before.n; i++) {
        quotes[0] += before.p[i] == '"';
        quotes[1] += before.p[i] == '\'';
    }
    pt_str text = pt_str_trim(before);
    return quotes[0] % 2 == 0 && quotes[1] % 2 == 0 && (text.n == 0 || text.p[0] != '#');
}

bool pt_manifest_has_bare_action(pt_str text) {
    pt_str line;
    while (pt_str_split(&text, '\n', &line)) {
        size_t at = pt_str_find_str(line, PT_STR("{{"));
        if (at < line.n && is_bare(pt_str_sub(line, 0, at)))
            return true;
    }
    return false;
}

// The folder above `path`; "." for a relative name without one, empty above that.
static pt_str above(pt_str path) {
    size_t slash = pt_str_rfind(path, '/');
    if (slash < path.n)
        return slash == 0 && path.n > 1 ? PT_STR("/") : pt_str_sub(path, 0, slash);
    return pt_str_eqz(path, ".") ? pt_str_of(NULL) : PT_STR(".");
}

static bool holds_chart(pt_str folder) {
    char path[PATH_MAX];
    int n = snprintf(path, sizeof path, "%.*s/Chart.yaml", PT_PRI(folder));
    return n > 0 && (size_t)n < sizeof path && access(path, F_OK) == 0;
}

static bool is_templates(pt_str folder) {
    return pt_str_eqz(folder, "templates") || pt_str_ends(folder, PT_STR("/templates"));
}

bool pt_manifest_in_chart(pt_arena *a, pt_str file, pt_str *ret_chart) {
    for (pt_str at = above(file); at.n > 0; at = above(at)) {
        pt_str chart = above(at);
        if (is_templates(at) && chart.n > 0 && holds_chart(chart)) {
            *ret_chart = pt_arena_str(a, chart);
            return ret_chart->p != NULL;
        }
    }
    return false;
}

void pt_manifest_template_err(pt_err *e, pt_str chart) {
    if (chart.n == 0) {
        pt_err_set(e, PT_E_UNSUPPORTED, "an unrendered template");
        pt_err_remedy(e, "render it first, such as: helm template CHART | paratia check -");
        return;
    }
    pt_buf safe = PT_BUF(PATH_MAX);
    pt_buf_put_safe(&safe, chart);
    pt_err_set(e, PT_E_UNSUPPORTED, "an unrendered Helm template");
    pt_err_remedy(e, "helm template %.*s | paratia check -", PT_PRI(pt_buf_str(&safe)));
    pt_buf_done(&safe);
}
