// Extensions of certificates (RFC 5280, section 4.2), as Go's Certificate has them.
#include <string.h>

#include "judge/policy/fn/ip.h"
#include "judge/policy/fn/x509.h"

typedef struct exts {
    pt_arena *a;
    pt_list all, unhandled;
    pt_list dns, emails, ips, uris, uri_texts; // subject alternative names
    pt_list usages, other_usages;
    pt_list crls, ocsp, issuers, policy_ids, policies;
    pt_list ranges[2][4]; // permitted, excluded: DNS, email, IP, URI
    pt_value subject_id, authority_id;
    int64_t usage, path_len, require, inhibit_mapping, inhibit_any;
    bool basic, ca, path_zero, constraints_critical;
    bool require_zero, mapping_zero, any_zero;
} exts;

// -- values ---------------------------------------------------------------------------------------

static int hex_of(char c) {
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

static char byte_of(int high, int low) {
    return (char)(unsigned char)((unsigned)high << 4 | (unsigned)low);
}

// %XX resolved.
static pt_str unescaped(pt_arena *a, pt_str s) {
    char *p = pt_arena_take(a, s.n + 1);
    size_t n = 0;
    for (size_t i = 0; p && i < s.n; i++) {
        bool esc =
            s.p[i] == '%' && i + 2 < s.n && hex_of(s.p[i + 1]) >= 0 && hex_of(s.p[i + 2]) >= 0;
        p[n] = s.p[i];
        if (esc)
            p[n] = byte_of(hex_of(s.p[i + 1]), hex_of(s.p[i + 2]));
        n++;
        i += esc ? 2 : 0;
    }
    return (pt_str){p, n};
}

static pt_str cut(pt_str *s, char sep) {
    size_t at = pt_str_find(*s, sep);
    pt_str behind = at < s->n ? pt_str_sub(*s, at + 1, s->n) : (pt_str){0};
    *s = pt_str_sub(*s, 0, at);
    return behind;
}

static size_t scheme_of(pt_str s) {
    size_t n = 0;
    while (n < s.n && ((s.p[n] >= 'a' && s.p[n] <= 'z') || (s.p[n] >= 'A' && s.p[n] <= 'Z') ||
                       (n && s.p[n] && strchr("0123456789+-.", s.p[n]))))
        n++;
    return n < s.n && s.p[n] == ':' ? n : 0;
}

// Go's url.URL.
static pt_value url_of(pt_arena *a, pt_str s) {
    pt_str fragment = cut(&s, '#');
    pt_str query = cut(&s, '?');
    pt_str opaque = {0};
    pt_str host = {0};
    pt_str user = {0};
    size_t scheme = scheme_of(s);
    pt_str rest = pt_str_sub(s, scheme ? scheme + 1 : 0, s.n);
    bool authority = pt_str_starts(rest, PT_STR("//"));
    if (authority) {
        host = pt_str_sub(rest, 2, rest.n);
        size_t slash = pt_str_find(host, '/');
        rest = pt_str_sub(host, slash, host.n);
        host = pt_str_sub(host, 0, slash);
        size_t at = pt_str_rfind(host, '@');
        if (at < host.n) {
            user = pt_str_sub(host, 0, at);
            host = pt_str_sub(host, at + 1, host.n);
        }
    } else if (scheme && rest.n && rest.p[0] != '/') {
        opaque = rest;
        rest = (pt_str){0};
    }
    pt_obj o = {.a = a};
    pt_obj_set(&o, "Scheme", pt_string(pt_str_sub(s, 0, scheme)));
    pt_obj_set(&o, "Opaque", pt_string(opaque));
    pt_obj_set(&o, "User", user.p ? pt_object_of(a, NULL, 0, NULL) : pt_null());
    pt_obj_set(&o, "Host", pt_string(host));
    pt_obj_set(&o, "Path", pt_string(unescaped(a, rest)));
    pt_obj_set(&o, "RawPath", pt_stringz(""));
    pt_obj_set(&o, "OmitHost", pt_bool(false));
    pt_obj_set(&o, "ForceQuery", pt_bool(query.p && !query.n));
    pt_obj_set(&o, "RawQuery", pt_string(query));
    pt_obj_set(&o, "Fragment", pt_string(unescaped(a, fragment)));
    pt_obj_set(&o, "RawFragment", pt_stringz(""));
    return pt_obj_end(&o);
}

static pt_value ip_text(pt_arena *a, pt_str bytes) {
    pt_ip ip = {.n = (uint8_t)bytes.n};
    char room[PT_IP_ROOM];
    memcpy(ip.b, bytes.p, bytes.n);
    pt_str s = pt_arena_str(a, pt_ip_text(&ip, room));
    return s.p ? pt_string(s) : pt_undefined();
}

static bool ascii(pt_str s) {
    for (size_t i = 0; i < s.n; i++)
        if ((uint8_t)s.p[i] >= 0x80)
            return false;
    return true;
}

// -- the extensions -------------------------------------------------------------------------------

static bool key_usage(exts *x, pt_str body) {
    pt_der bits;
    if (!pt_der_take(&body, DER_BIT_STRING, &bits) || bits.body.n < 1)
        return false;
    for (size_t i = 0; i < 9 && 1 + i / 8 < bits.body.n; i++)
        if ((uint8_t)bits.body.p[1 + i / 8] & (0x80 >> i % 8))
            x->usage |= INT64_C(1) << i;
    return true;
}

static bool basic_constraints(exts *x, pt_str body) {
    pt_der seq;
    pt_der d;
    if (!pt_der_take(&body, DER_SEQUENCE, &seq))
        return false;
    x->basic = true;
    x->path_len = -1;
    if (pt_der_maybe(&seq.body, DER_BOOLEAN, &d))
        x->ca = d.body.n == 1 && d.body.p[0];
    if (pt_der_maybe(&seq.body, DER_INTEGER, &d) && !pt_der_int(d.body, &x->path_len))
        return false;
    x->path_zero = x->path_len == 0;
    return seq.body.n == 0;
}

static bool alternative_names(exts *x, pt_str body) {
    pt_der seq;
    pt_der d;
    if (!pt_der_take(&body, DER_SEQUENCE, &seq))
        return false;
    while (seq.body.n) {
        if (!pt_der_next(&seq.body, &d))
            return false;
        bool text = d.tag == DER_CONTEXT(1) || d.tag == DER_CONTEXT(2) || d.tag == DER_CONTEXT(6);
        if (text && !ascii(d.body))
            return false;
        if (d.tag == DER_CONTEXT(1)) {
            pt_list_add(&x->emails, pt_string(d.body));
        } else if (d.tag == DER_CONTEXT(2)) {
            pt_list_add(&x->dns, pt_string(d.body));
        } else if (d.tag == DER_CONTEXT(6)) {
            pt_list_add(&x->uris, url_of(x->a, d.body));
            pt_list_add(&x->uri_texts, pt_string(d.body));
        } else if (d.tag == DER_CONTEXT(7)) {
            if (d.body.n != 4 && d.body.n != 16)
                return false;
            pt_list_add(&x->ips, ip_text(x->a, d.body));
        }
    }
    return true;
}

static bool put_range(exts *x, pt_list ranges[4], const pt_der *d) {
    static const uint8_t tags[] = {DER_CONTEXT(2), DER_CONTEXT(1), DER_CONTEXT(7), DER_CONTEXT(6)};
    size_t kind = 0;
    while (kind < 4 && d->tag != tags[kind])
        kind++;
    if (kind == 4)
        return true; // Go knows of these, and passes over the others
    if (kind != 2) {
        pt_list_add(&ranges[kind], pt_string(d->body));
        return ascii(d->body);
    }
    size_t half = d->body.n / 2;
    if (d->body.n != 8 && d->body.n != 32)
        return false;
    pt_obj o = {.a = x->a};
    pt_obj_set(&o, "IP", ip_text(x->a, pt_str_sub(d->body, 0, half)));
    pt_obj_set(&o, "Mask", pt_der_base64(x->a, pt_str_sub(d->body, half, d->body.n)));
    pt_list_add(&ranges[kind], pt_obj_end(&o));
    return true;
}

static bool name_constraints(exts *x, pt_str body) {
    pt_der seq;
    pt_der list;
    pt_der tree;
    pt_der base;
    if (!pt_der_take(&body, DER_SEQUENCE, &seq))
        return false;
    for (uint8_t i = 0; i < 2; i++) {
        if (!pt_der_maybe(&seq.body, DER_TAGGED(i), &list))
            continue;
        while (list.body.n)
            if (!pt_der_take(&list.body, DER_SEQUENCE, &tree) || !pt_der_next(&tree.body, &base) ||
                !put_range(x, x->ranges[i], &base))
                return false;
    }
    return true;
}

static bool distribution_points(exts *x, pt_str body) {
    pt_der seq;
    pt_der point;
    pt_der name;
    pt_der full;
    pt_der uri;
    if (!pt_der_take(&body, DER_SEQUENCE, &seq))
        return false;
    while (seq.body.n) {
        if (!pt_der_take(&seq.body, DER_SEQUENCE, &point))
            return false;
        if (!pt_der_maybe(&point.body, DER_TAGGED(0), &name) ||
            !pt_der_maybe(&name.body, DER_TAGGED(0), &full))
            continue;
        while (pt_der_next(&full.body, &uri))
            if (uri.tag == DER_CONTEXT(6))
                pt_list_add(&x->crls, pt_string(uri.body));
    }
    return true;
}

static bool authority_key_id(exts *x, pt_str body) {
    pt_der seq;
    pt_der id;
    if (!pt_der_take(&body, DER_SEQUENCE, &seq))
        return false;
    if (pt_der_maybe(&seq.body, DER_CONTEXT(0), &id))
        x->authority_id = pt_der_base64(x->a, id.body);
    return true;
}

static bool subject_key_id(exts *x, pt_str body) {
    pt_der id;
    if (!pt_der_take(&body, DER_OCTET_STRING, &id))
        return false;
    x->subject_id = pt_der_base64(x->a, id.body);
    return true;
}

static bool extended_usage(exts *x, pt_str body) {
    static const pt_str known[] = {
        // in Go's order
        {"\x55\x1d\x25\x00", 4},
        {"\x2b\x06\x01\x05\x05\x07\x03\x01", 8},
        {"\x2b\x06\x01\x05\x05\x07\x03\x02", 8},
        {"\x2b\x06\x01\x05\x05\x07\x03\x03", 8},
        {"\x2b\x06\x01\x05\x05\x07\x03\x04", 8},
        {"\x2b\x06\x01\x05\x05\x07\x03\x05", 8},
        {"\x2b\x06\x01\x05\x05\x07\x03\x06", 8},
        {"\x2b\x06\x01\x05\x05\x07\x03\x07", 8},
        {"\x2b\x06\x01\x05\x05\x07\x03\x08", 8},
        {"\x2b\x06\x01\x05\x05\x07\x03\x09", 8},
        {"\x2b\x06\x01\x04\x01\x82\x37\x0a\x03\x03", 10},
        {"\x60\x86\x48\x01\x86\xf8\x42\x04\x01", 9},
        {"\x2b\x06\x01\x04\x01\x82\x37\x02\x01\x16", 10},
        {"\x2b\x06\x01\x04\x01\x82\x37\x3d\x01\x01", 10},
    };
    pt_der seq;
    pt_der oid;
    if (!pt_der_take(&body, DER_SEQUENCE, &seq))
        return false;
    while (seq.body.n) {
        if (!pt_der_take(&seq.body, DER_OID, &oid))
            return false;
        size_t i = 0;
        while (i < PT_COUNT(known) && !pt_str_eq(oid.body, known[i]))
            i++;
        if (i < PT_COUNT(known))
            pt_list_add(&x->usages, pt_int((int64_t)i));
        else
            pt_list_add(&x->other_usages, pt_der_oid(x->a, oid.body));
    }
    return true;
}

static bool certificate_policies(exts *x, pt_str body) {
    pt_der seq;
    pt_der info;
    pt_der oid;
    if (!pt_der_take(&body, DER_SEQUENCE, &seq))
        return false;
    while (seq.body.n) {
        if (!pt_der_take(&seq.body, DER_SEQUENCE, &info) || !pt_der_take(&info.body, DER_OID, &oid))
            return false;
        pt_list_add(&x->policy_ids, pt_der_oid(x->a, oid.body));
        pt_list_add(&x->policies, pt_der_oid_text(x->a, oid.body));
    }
    return true;
}

static bool policy_constraints(exts *x, pt_str body) {
    pt_der seq;
    pt_der d;
    if (!pt_der_take(&body, DER_SEQUENCE, &seq))
        return false;
    if (pt_der_maybe(&seq.body, DER_CONTEXT(0), &d)) {
        if (!pt_der_int(d.body, &x->require))
            return false;
        x->require_zero = x->require == 0;
    }
    if (pt_der_maybe(&seq.body, DER_CONTEXT(1), &d)) {
        if (!pt_der_int(d.body, &x->inhibit_mapping))
            return false;
        x->mapping_zero = x->inhibit_mapping == 0;
    }
    return true;
}

static bool inhibit_any(exts *x, pt_str body) {
    pt_der d;
    if (!pt_der_take(&body, DER_INTEGER, &d) || !pt_der_int(d.body, &x->inhibit_any))
        return false;
    x->any_zero = x->inhibit_any == 0;
    return true;
}

static bool authority_access(exts *x, pt_str body) {
    pt_der seq;
    pt_der access;
    pt_der method;
    pt_der place;
    if (!pt_der_take(&body, DER_SEQUENCE, &seq))
        return false;
    while (seq.body.n) {
        if (!pt_der_take(&seq.body, DER_SEQUENCE, &access) ||
            !pt_der_take(&access.body, DER_OID, &method) || !pt_der_next(&access.body, &place))
            return false;
        if (place.tag != DER_CONTEXT(6) || method.body.n != 8 ||
            memcmp(method.body.p, "\x2b\x06\x01\x05\x05\x07\x30", 7) != 0)
            continue;
        if (method.body.p[7] == 1)
            pt_list_add(&x->ocsp, pt_string(place.body));
        else if (method.body.p[7] == 2)
            pt_list_add(&x->issuers, pt_string(place.body));
    }
    return true;
}

static const struct handler {
    pt_str oid;
    bool (*read)(exts *x, pt_str body);
} handlers[] = {
    {{"\x55\x1d\x0e", 3}, subject_key_id},
    {{"\x55\x1d\x0f", 3}, key_usage},
    {{"\x55\x1d\x11", 3}, alternative_names},
    {{"\x55\x1d\x13", 3}, basic_constraints},
    {{"\x55\x1d\x1e", 3}, name_constraints},
    {{"\x55\x1d\x1f", 3}, distribution_points},
    {{"\x55\x1d\x20", 3}, certificate_policies},
    {{"\x55\x1d\x23", 3}, authority_key_id},
    {{"\x55\x1d\x24", 3}, policy_constraints},
    {{"\x55\x1d\x25", 3}, extended_usage},
    {{"\x55\x1d\x36", 3}, inhibit_any},
    {{"\x2b\x06\x01\x05\x05\x07\x01\x01", 8}, authority_access},
};

// One extension: {identifier, critical, bytes}. `only` (may be NULL): the one that is read.
static bool extension(exts *x, pt_str body, bool (*only)(exts *, pt_str)) {
    pt_der oid;
    pt_der flag;
    pt_der value;
    bool critical = false, known = false;
    if (!pt_der_take(&body, DER_OID, &oid))
        return false;
    if (pt_der_maybe(&body, DER_BOOLEAN, &flag))
        critical = flag.body.n == 1 && flag.body.p[0];
    if (!pt_der_take(&body, DER_OCTET_STRING, &value))
        return false;
    pt_obj o = {.a = x->a};
    pt_obj_set(&o, "Id", pt_der_oid(x->a, oid.body));
    pt_obj_set(&o, "Critical", pt_bool(critical));
    pt_obj_set(&o, "Value", pt_der_base64(x->a, value.body));
    pt_list_add(&x->all, pt_obj_end(&o));
    for (size_t i = 0; i < PT_COUNT(handlers); i++) {
        if (!pt_str_eq(oid.body, handlers[i].oid) || (only && handlers[i].read != only))
            continue;
        known = true;
        x->constraints_critical |= critical && handlers[i].read == name_constraints;
        if (!handlers[i].read(x, value.body))
            return false;
    }
    if (critical && !known)
        pt_list_add(&x->unhandled, pt_der_oid(x->a, oid.body));
    return true;
}

static bool read_all(exts *x, pt_arena *a, pt_str list, bool (*only)(exts *, pt_str)) {
    *x = (exts){.a = a, .subject_id = pt_null(), .authority_id = pt_null()};
    pt_list *lists[] = {&x->all,  &x->unhandled, &x->dns,        &x->emails,       &x->ips,
                        &x->uris, &x->uri_texts, &x->usages,     &x->other_usages, &x->crls,
                        &x->ocsp, &x->issuers,   &x->policy_ids, &x->policies};
    for (size_t i = 0; i < PT_COUNT(lists); i++)
        lists[i]->a = a;
    for (size_t i = 0; i < 8; i++)
        x->ranges[i / 4][i % 4].a = a;
    pt_der ext;
    while (list.n)
        if (!pt_der_take(&list, DER_SEQUENCE, &ext) || !extension(x, ext.body, only))
            return false;
    return true;
}

static void put_lists(pt_obj *o, exts *x) {
    const struct {
        const char *name;
        pt_list *l;
    } lists[] = {
        {"Extensions", &x->all},
        {"UnhandledCriticalExtensions", &x->unhandled},
        {"DNSNames", &x->dns},
        {"EmailAddresses", &x->emails},
        {"IPAddresses", &x->ips},
        {"URIs", &x->uris},
        {"ExtKeyUsage", &x->usages},
        {"UnknownExtKeyUsage", &x->other_usages},
        {"CRLDistributionPoints", &x->crls},
        {"OCSPServer", &x->ocsp},
        {"IssuingCertificateURL", &x->issuers},
        {"PolicyIdentifiers", &x->policy_ids},
        {"Policies", &x->policies},
        {"PermittedDNSDomains", &x->ranges[0][0]},
        {"PermittedEmailAddresses", &x->ranges[0][1]},
        {"PermittedIPRanges", &x->ranges[0][2]},
        {"PermittedURIDomains", &x->ranges[0][3]},
        {"ExcludedDNSDomains", &x->ranges[1][0]},
        {"ExcludedEmailAddresses", &x->ranges[1][1]},
        {"ExcludedIPRanges", &x->ranges[1][2]},
        {"ExcludedURIDomains", &x->ranges[1][3]},
    };
    for (size_t i = 0; i < PT_COUNT(lists); i++)
        pt_obj_set(o, lists[i].name, pt_x509_or_null(lists[i].l));
}

bool pt_x509_extensions(pt_obj *o, pt_str list, bool uris) {
    exts x;
    if (!read_all(&x, o->a, list, NULL))
        return false;
    put_lists(o, &x);
    if (uris)
        pt_obj_set(o, "URIStrings", pt_x509_or_null(&x.uri_texts));
    pt_obj_set(o, "ExtraExtensions", pt_null());
    pt_obj_set(o, "PolicyMappings", pt_null());
    pt_obj_set(o, "SubjectKeyId", x.subject_id);
    pt_obj_set(o, "AuthorityKeyId", x.authority_id);
    pt_obj_set(o, "KeyUsage", pt_int(x.usage));
    pt_obj_set(o, "BasicConstraintsValid", pt_bool(x.basic));
    pt_obj_set(o, "IsCA", pt_bool(x.ca));
    pt_obj_set(o, "MaxPathLen", pt_int(x.path_len));
    pt_obj_set(o, "MaxPathLenZero", pt_bool(x.path_zero));
    pt_obj_set(o, "PermittedDNSDomainsCritical", pt_bool(x.constraints_critical));
    pt_obj_set(o, "RequireExplicitPolicy", pt_int(x.require));
    pt_obj_set(o, "RequireExplicitPolicyZero", pt_bool(x.require_zero));
    pt_obj_set(o, "InhibitPolicyMapping", pt_int(x.inhibit_mapping));
    pt_obj_set(o, "InhibitPolicyMappingZero", pt_bool(x.mapping_zero));
    pt_obj_set(o, "InhibitAnyPolicy", pt_int(x.inhibit_any));
    pt_obj_set(o, "InhibitAnyPolicyZero", pt_bool(x.any_zero));
    return true;
}

bool pt_x509_request_extensions(pt_obj *o, pt_str list) {
    exts x;
    if (!read_all(&x, o->a, list, alternative_names))
        return false;
    pt_obj_set(o, "Extensions", pt_x509_or_null(&x.all));
    pt_obj_set(o, "ExtraExtensions", pt_null());
    pt_obj_set(o, "DNSNames", pt_x509_or_null(&x.dns));
    pt_obj_set(o, "EmailAddresses", pt_x509_or_null(&x.emails));
    pt_obj_set(o, "IPAddresses", pt_x509_or_null(&x.ips));
    pt_obj_set(o, "URIs", pt_x509_or_null(&x.uris));
    return true;
}
