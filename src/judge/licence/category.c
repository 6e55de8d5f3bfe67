#include "judge/licence/category.h"

const char *pt_licence_category_word(pt_licence_category c) {
    static const char *const words[] = {
        [PT_LICENCE_UNKNOWN] = "unknown",
        [PT_LICENCE_PERMISSIVE] = "permissive",
        [PT_LICENCE_WEAK_COPYLEFT] = "weak-copyleft",
        [PT_LICENCE_STRONG_COPYLEFT] = "strong-copyleft",
        [PT_LICENCE_NETWORK_COPYLEFT] = "network-copyleft",
        [PT_LICENCE_NON_COMMERCIAL] = "non-commercial",
    };
    static_assert(PT_COUNT(words) == PT_LICENCE_CATEGORY_COUNT, "each has its word");
    pt_assert(c < PT_LICENCE_CATEGORY_COUNT);
    return words[c];
}

bool pt_licence_category_parse(pt_str word, pt_licence_category *ret) {
    for (unsigned c = 0; c < PT_LICENCE_CATEGORY_COUNT; c++)
        if (pt_str_eqz(word, pt_licence_category_word((pt_licence_category)c))) {
            *ret = (pt_licence_category)c;
            return true;
        }
    return false;
}

// Ids, or what ids begin with ("*" behind it); the first row that has one is its. Read with care:
// what is not here is unknown, and a person looks.
static const struct {
    pt_licence_category category;
    const char *ids;
} table[] = {
    // SPDX's old ids, each with an exception of those below.
    {PT_LICENCE_WEAK_COPYLEFT, "GPL-2.0-with-* GPL-3.0-with-*"},
    {PT_LICENCE_NETWORK_COPYLEFT,
     "AGPL-* APSL-* CAL-1.0* CPAL-1.0 EUPL-* NPOSL-3.0 OSL-* RPL-* RPSL-1.0 SSPL-1.0 "
     "UCL-1.0 Watcom-1.0"},
    {PT_LICENCE_NON_COMMERCIAL,
     "Aladdin BSD-3-Clause-No-Military-License BSD-3-Clause-No-Nuclear-License "
     "BSD-3-Clause-No-Nuclear-License-2014 BUSL-1.1 C-UDA-1.0 CC-BY-NC-* CC-BY-ND-* "
     "CPOL-1.02 Elastic-2.0 Hippocratic-2.1 JSON LicenseRef-proprietary MS-LPL NCGL-UK-2.0 "
     "Parity-* PolyForm-*"},
    {PT_LICENCE_STRONG_COPYLEFT,
     "Arphic-1999 CC-BY-SA-* CDLA-Sharing-1.0 CECILL-1.0 CECILL-1.1 CECILL-2.0 CECILL-2.1 "
     "CERN-OHL-S-* copyleft-next-* D-FSL-1.0 GFDL-* GPL-* LAL-* Latex2e LiLiQ-Rplus-1.1 "
     "Linux-man-pages-copyleft MakeIndex NGPL OCLC-2.0 ODbL-1.0 QPL-1.0 SimPL-2.0 Sleepycat "
     "TAPR-OHL-1.0 TMate TOSL VOSTROM"},
    {PT_LICENCE_WEAK_COPYLEFT,
     "APL-1.0 Artistic-* BitTorrent-* CATOSL-1.1 CDDL-* CDL-1.0 CECILL-C CERN-OHL-1.1 "
     "CERN-OHL-1.2 CERN-OHL-W-* ClArtistic CPL-1.0 CUA-OPL-1.0 eCos-2.0 EPL-* ErlPL-1.1 "
     "Eurosym Frameworx-1.0 FreeImage Glide gnuplot gSOAP-1.3b Interbase-1.0 IPA IPL-1.0 "
     "LGPL-* LGPLLR LiLiQ-R-1.1 LPL-* LPPL-* Motosoto MPL-* MS-PL MS-RL NASA-1.3 NBPL-1.0 "
     "Nokia NOSL NPL-* OCCT-PL OFL-* OGTSL OLDAP-1.* OPL-1.0 OPUBL-1.0 OSET-PL-2.1 "
     "RHeCos-1.1 Ruby SISSL* SMPPL SPL-1.0 SugarCRM-1.1.3 TORQUE-1.1 Vim wxWindows YPL-* "
     "Zimbra-*"},
    {PT_LICENCE_PERMISSIVE,
     "0BSD AAL Abstyles Adobe-2006 Adobe-Glyph ADSL AFL-* Afmparse AMDPLPA AML AMPAS "
     "ANTLR-PD* Apache-* APAFML App-s2p Baekmuk Bahyph Barr Beerware Bitstream-Vera "
     "blessing BlueOak-1.0.0 Borceux BSD-1-Clause BSD-2-Clause* BSD-3-Clause "
     "BSD-3-Clause-Attribution BSD-3-Clause-Clear BSD-3-Clause-LBNL "
     "BSD-3-Clause-Modification BSD-3-Clause-No-Nuclear-Warranty BSD-3-Clause-Open-MPI "
     "BSD-4-Clause* BSD-Source-Code BSL-1.0 bzip2-1.0.* Caldera CC-BY-1.0 CC-BY-2.0 "
     "CC-BY-2.5* CC-BY-3.0* CC-BY-4.0 CC-PDDC CC0-1.0 CDLA-Permissive-* CECILL-B "
     "CERN-OHL-P-2.0 CNRI-* COIL-1.0 Community-Spec-1.0 Condor-1.1 Crossword CrystalStacker "
     "Cube curl diffmark DL-DE-BY-2.0 DOC Dotseqn DRL-1.* DSDP dvipdfm ECL-* EFL-* eGenix "
     "Entessa EPICS etalab-2.0 EUDatagrid Fair FreeBSD-DOC FSFAP FSFUL FSFULLR* FTL GD "
     "Giftware GL2PS Glulxe GLWTPL HaskellReport HPND* HTMLTIDY IBM-pibs ICU IJG* "
     "ImageMagick iMatix Imlib2 Info-ZIP Intel Intel-ACPI ISC Jam JasPer-2.0 JPNIC "
     "Leptonica Libpng libpng-2.0 libselinux-1.0 libtiff LicenseRef-public-domain "
     "LiLiQ-P-1.1 Linux-OpenIB LZMA-SDK-* Minpack MirOS MIT MIT-* MITNFA mpi-permissive "
     "mpich2 mplus MTLL MulanPSL-* Multics Mup NAIST-2003 Naumen NCSA Net-SNMP NetCDF "
     "Newsletr NICTA-1.0 NIST-PD* NLOD-* NLPL Noweb NRL NTP NTP-0 Nunit O-UDA-1.0 "
     "ODC-By-1.0 OGC-1.0 OGDL-Taiwan-1.0 OGL-* OLDAP-2.* OML OpenSSL* PDDL-1.0 PHP-* Plexus "
     "PostgreSQL PSF-2.0 psfrag psutils Python-2.0* Qhull Rdisc RSA-MD SAX-PD* Saxpath SCEA "
     "SchemeReport SGI-B-* SHL-* SMLNJ Spencer-* SSH-OpenSSH SSH-short StandardML-NJ SWL "
     "TCL TCP-wrappers TU-Berlin-* Unicode-DFS-* Unlicense UPL-1.0 VSL-1.0 W3C* Wsuipa "
     "WTFPL X11* Xerox XFree86-1.1 xinetd Xnet xpp XSkat Zed Zend-* Zlib "
     "zlib-acknowledgement ZPL-*"},
};

// Exceptions by which what is linked with it, or made by it, is not bound; of others it stays what
// it is.
static const char frees[] =
    "Autoconf-exception-* Bison-exception-* Classpath-exception-2.0 CLISP-exception-2.0 "
    "FLTK-exception Font-exception-2.0 freertos-exception-2.0 GCC-exception-* "
    "gnu-javamail-exception GPL-CC-1.0 GPL-3.0-linking-* i2p-gpl-java-exception Libtool-exception "
    "Linux-syscall-note LLVM-exception mif-exception OCaml-LGPL-linking-exception "
    "OCCT-exception-1.0 OpenJDK-assembly-exception-1.0 Qt-GPL-exception-1.0 "
    "Qt-LGPL-exception-1.1 Qwt-exception-1.0 Texinfo-exception u-boot-exception-2.0 "
    "Universal-FOSS-exception-1.0 WxWindows-exception-3.1 eCos-exception-2.0 "
    "Nokia-Qt-exception-1.1";

static bool is_in(pt_str id, const char *ids) {
    pt_str rest = pt_str_of(ids);
    pt_str one;
    while (pt_str_word(&rest, &one)) {
        bool begins = pt_str_ends(one, PT_STR("*"));
        one.n -= begins;
        if (begins ? pt_str_starts(id, one) : pt_str_eq(id, one))
            return true;
    }
    return false;
}

pt_licence_category pt_licence_category_of(pt_str id, pt_str with) {
    id.n -= pt_str_ends(id, PT_STR("+"));
    for (size_t i = 0; i < PT_COUNT(table); i++) {
        if (!is_in(id, table[i].ids))
            continue;
        bool freed = table[i].category == PT_LICENCE_STRONG_COPYLEFT && is_in(with, frees);
        return freed ? PT_LICENCE_WEAK_COPYLEFT : table[i].category;
    }
    return PT_LICENCE_UNKNOWN;
}
