// packages.config (learn.microsoft.com, "packages.config reference"), and the files of central
// versions, Directory.Packages.props and its like: MSBuild projects whose items name packages.
#include "base/buf.h"
#include "collect/packages/dotnet/dotnet.h"
#include "collect/packages/xml.h"

// What is no XML is a fault, and *ret NULL then.
static pt_code read_xml(pt_read *r, pt_str text, pt_xml **ret, pt_err *e) {
    pt_err bad = {0};
    *ret = NULL;
    pt_code code = pt_xml_parse(r->a, text, ret, &bad);
    if (code == PT_E_NOMEM)
        return pt_err_set(e, PT_E_NOMEM, "%s", bad.what);
    if (code)
        pt_fault_add(r, bad.line, bad.what);
    return PT_OK;
}

static pt_code put(pt_read *r, const pt_xml *x, pt_str name, pt_str version, pt_err *e) {
    pt_package p = {.name = name, .version = version, .line = x->line, .line_end = x->line_end};
    if (name.n && version.n)
        return pt_package_add(r, &p, e);
    pt_fault_add(r, x->line, name.n ? "a package without a version" : "a package without a name");
    return PT_OK;
}

// Packages that are needed to build only are not listed.
pt_code pt_read_nuget_config(pt_read *r, pt_str text, pt_err *e) {
    pt_xml *root;
    pt_code code = read_xml(r, text, &root, e);
    if (root && !pt_str_eqz(root->name, "packages"))
        pt_fault_add(r, root->line, "no list of packages");
    else
        for (const pt_xml *x = pt_xml_child(root, "package"); !code && x; x = pt_xml_again(x))
            if (!pt_str_eq_nocase(pt_xml_attr(x, "developmentDependency"), PT_STR("true")))
                code = put(r, x, pt_xml_attr(x, "id"), pt_xml_attr(x, "version"), e);
    return code;
}

// -- central versions -----------------------------------------------------------------------------

enum {
    VALUE_BYTES_MAX = 1024,
    PROPERTIES_MAX = 32, // that make one value
};

// The properties that the file sets, by their names in lower case; the last one counts.
static pt_value properties_of(pt_read *r, const pt_xml *project) {
    pt_list pairs = {.a = r->a};
    const pt_xml *group = pt_xml_child(project, "PropertyGroup");
    for (; group; group = pt_xml_again(group))
        for (const pt_xml *x = group->child; x; x = x->next) {
            pt_list_add(&pairs, pt_string(pt_arena_lower(r->a, x->name)));
            pt_list_add(&pairs, pt_string(x->text));
        }
    return pt_object_of(r->a, pairs.items.v, pairs.items.n / 2, NULL);
}

typedef struct expansion {
    pt_read *r;
    pt_value properties;
    pt_buf text;
    unsigned left; // properties that may still be put in
} expansion;

// False: the file itself does not say all of it, or too much.
// NOLINTNEXTLINE(misc-no-recursion): no deeper than PROPERTIES_MAX
static bool expand(expansion *x, pt_str text) {
    for (;;) {
        size_t at = pt_str_find_str(text, PT_STR("$("));
        pt_buf_put(&x->text, pt_str_sub(text, 0, at));
        if (at == text.n)
            return !x->text.full;
        pt_str rest = pt_str_sub(text, at + 2, text.n);
        size_t close = pt_str_find(rest, ')');
        pt_str key = pt_arena_lower(x->r->a, pt_str_trim(pt_str_sub(rest, 0, close)));
        pt_str value = pt_text(pt_get(x->properties, key));
        if (close == rest.n || !value.n || !x->left)
            return false;
        x->left--;
        if (!expand(x, value))
            return false;
        text = pt_str_sub(rest, close + 1, rest.n);
    }
}

// With "$(Name)" put in where the file itself says it; empty where it does not.
static pt_str resolved(pt_read *r, pt_value properties, pt_str text) {
    expansion x = {r, properties, PT_BUF(VALUE_BYTES_MAX), PROPERTIES_MAX};
    pt_str value = {0};
    if (pt_str_find_str(text, PT_STR("$(")) == text.n)
        return text;
    if (expand(&x, text))
        value = pt_str_trim(pt_arena_str(r->a, pt_buf_str(&x.text)));
    pt_buf_done(&x.text);
    return value;
}

// "[1.2]" asks for this version alone (learn.microsoft.com, "Package versioning").
static pt_str exact(pt_str version) {
    bool brackets = version.n > 2 && version.p[0] == '[' && version.p[version.n - 1] == ']';
    pt_str within = pt_str_trim(pt_str_sub(version, 1, version.n - (version.n > 0)));
    return brackets && pt_str_find(within, ',') == within.n ? within : version;
}

static pt_code take_item(pt_read *r, pt_value properties, const pt_xml *x, pt_err *e) {
    static const char *const items[] = {"PackageReference", "PackageVersion",
                                        "GlobalPackageReference"};
    bool known = false;
    for (size_t i = 0; i < PT_COUNT(items); i++)
        known |= pt_str_eqz(x->name, items[i]);
    pt_str name = pt_xml_attr(x, "Include");
    pt_str version = pt_xml_attr(x, "Version");
    if (!name.n)
        name = pt_xml_attr(x, "Update");
    if (!version.n)
        version = pt_xml_text(x, "Version");
    if (!known)
        return PT_OK;
    return put(r, x, resolved(r, properties, name), exact(resolved(r, properties, version)), e);
}

pt_code pt_read_nuget_props(pt_read *r, pt_str text, pt_err *e) {
    pt_xml *root;
    pt_code code = read_xml(r, text, &root, e);
    if (root && !pt_str_eqz(root->name, "Project"))
        pt_fault_add(r, root->line, "no project");
    if (code || !root || r->faults.items.n)
        return code;
    pt_value properties = properties_of(r, root);
    for (const pt_xml *g = pt_xml_child(root, "ItemGroup"); !code && g; g = pt_xml_again(g))
        for (const pt_xml *x = g->child; !code && x; x = x->next)
            code = take_item(r, properties, x, e);
    return code;
}
