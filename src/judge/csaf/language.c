// Language tags (RFC 5646), and translations.
#include "judge/csaf/impl.h"

// ISO 639-1. Those of three letters are too many to tell a wrong one.
static const char iso639[] =
    "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy "
    "da de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu "
    "hy hz ia id ie ig ii ik in io is it iu iw ja ji jv jw ka kg ki kj kk kl km kn ko kr ks ku kv "
    "kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mo mr ms mt my na nb nd ne ng nl nn no nr "
    "nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg sh si sk sl sm sn so sq "
    "sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi "
    "yo za zh zu";

// ISO 3166-1.
static const char iso3166[] =
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR "
    "BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ "
    "EC EE EG EH ER ES ET EU FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU "
    "GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW "
    "KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU "
    "MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW "
    "PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF "
    "TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM UN US UY UZ VA VC VE VG VI VN VU WF WS YE YT "
    "ZA ZM ZW";

static const char *const keys[] = {"lang", "source_lang"};

static pt_str upper(pt_arena *a, pt_str s) {
    char *p = pt_arena_take(a, s.n);
    for (size_t i = 0; p && i < s.n; i++) {
        bool lower = s.p[i] >= 'a' && s.p[i] <= 'z';
        p[i] = (char)((unsigned char)s.p[i] & (lower ? 0xdfu : 0xffu));
    }
    return (pt_str){p, p ? s.n : 0};
}

static bool grandfathered(pt_str tag) {
    static const char *const tags[] = {"i-ami",     "i-bnn", "i-default", "i-enochian", "i-hak",
                                       "i-klingon", "i-lux", "i-mingo",   "i-navajo",   "i-pwn",
                                       "i-tao",     "i-tay", "i-tsu"};
    for (size_t i = 0; i < PT_COUNT(tags); i++)
        if (pt_str_eq_nocase(tag, pt_str_of(tags[i])))
            return true;
    return false;
}

// "qaa" to "qtz".
static bool private_word(pt_str s) {
    return s.n == 3 && s.p[0] == 'q' && s.p[1] >= 'a' && s.p[1] <= 't';
}

static bool private_region(pt_str s) {
    return s.n == 2 && (pt_str_eqz(s, "AA") || pt_str_eqz(s, "ZZ") || s.p[0] == 'X' ||
                        (s.p[0] == 'Q' && s.p[1] >= 'M'));
}

static bool known(pt_csaf *c, pt_str tag) {
    pt_str rest = tag;
    pt_str word = {0};
    if (grandfathered(tag))
        return true;
    if (!pt_str_split(&rest, '-', &word))
        return false;
    pt_str first = pt_arena_lower(c->a, word);
    if (first.n == 2 && !pt_str_in_list(first, pt_str_of(iso639), ' '))
        return false;
    for (bool extension = pt_str_eqz(first, "x"); pt_str_split(&rest, '-', &word);) {
        extension = extension || word.n == 1; // what follows is the extension's
        pt_str region = upper(c->a, word);
        if (!extension && word.n == 2 && !private_region(region) &&
            !pt_str_in_list(region, pt_str_of(iso3166), ' '))
            return false;
    }
    return true;
}

void pt_csaf_language(pt_csaf *c) {
    for (size_t i = 0; i < PT_COUNT(keys); i++) {
        pt_str tag = pt_csaf_text(c->document, keys[i]);
        if (tag.n && !known(c, tag))
            pt_csaf_found(c, "no such language", tag);
    }
}

void pt_csaf_private_language(pt_csaf *c) {
    for (size_t i = 0; i < PT_COUNT(keys); i++) {
        pt_str tag = pt_csaf_text(c->document, keys[i]);
        pt_str rest = tag;
        pt_str word;
        bool first = true;
        bool own = false;
        for (; pt_str_split(&rest, '-', &word); first = false) {
            pt_str lower = pt_arena_lower(c->a, word);
            bool script = word.n == 4 && pt_str_starts(lower, PT_STR("qaa"));
            bool script2 = word.n == 4 && pt_str_starts(lower, PT_STR("qab"));
            own = own || pt_str_eqz(lower, "x") || (first && private_word(lower)) || script ||
                  script2 || (!first && private_region(upper(c->a, word)));
        }
        if (own)
            pt_csaf_found(c, "a private language", tag);
    }
}

void pt_csaf_default_language(pt_csaf *c) {
    for (size_t i = 0; i < PT_COUNT(keys); i++)
        if (pt_str_eq_nocase(pt_csaf_text(c->document, keys[i]), PT_STR("i-default")))
            pt_csaf_found(c, "the default language", pt_str_of(keys[i]));
}

void pt_csaf_no_language(pt_csaf *c) {
    if (!pt_csaf_text(c->document, "lang").n)
        pt_csaf_found(c, "the language is not said", (pt_str){0});
}

void pt_csaf_translator(pt_csaf *c) {
    pt_str who = pt_csaf_text(pt_getz(c->document, "publisher"), "category");
    if (pt_str_eqz(who, "translator") && !pt_csaf_text(c->document, "source_lang").n)
        pt_csaf_found(c, "translated, from a language that is not said", (pt_str){0});
}

void pt_csaf_translation(pt_csaf *c) {
    pt_str from = pt_csaf_text(c->document, "source_lang");
    if (from.n && pt_str_eq_nocase(from, pt_csaf_text(c->document, "lang")))
        pt_csaf_found(c, "translated into the language that it was in", from);
}
