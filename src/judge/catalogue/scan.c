// Checks of `paratia scan`. They have no conditions: judge/image decides. What an advisory or a
// rule for secrets says is no row: such a check is made for its finding.
// clang-format off
#include "judge/catalogue/tables.h"

#define SCAN(ID, SEVERITY, SET)                                                                    \
    .id = ID, .severity = SEVERITY, .kind = PT_KIND_IMAGE,                                         \
    .interrupts = "nothing: build the image anew",                                                 \
    .remedy = SET "\n",                                                                            \
    .standards = "NIST SP 800-190: 4.1.1"

static const pt_check checks[] = {
    {
        SCAN("PT-IMG-INTACT", PT_HIGH, "# pull or build the image anew; ask whoever made it if it happens again"),
        .title = "Image contradicts its own digests",
        .good = "Image is what its digests say",
        .act = "Fetch %s anew",
        .consequence = "Nobody knows what a container of it would run.",
        .why = "An image is named by digests of what it holds. Where they do not hold, it was damaged on its way, or somebody put other bytes in their place.",
    },
    {
        SCAN("PT-IMG-READ", PT_MEDIUM, "# scan the image as a file: docker save IMAGE | paratia scan -"),
        .title = "Part of the image could not be read",
        .good = "All of the image was read",
        .act = "Find out why %s cannot be read",
        .consequence = "What stands in the part that was not read is in no list.",
        .why = "A package or a secret in a layer that nobody could read is as dangerous as one that was seen.",
    },
    {
        SCAN("PT-IMG-ADVISED", PT_MEDIUM, "paratia db update"),
        .title = "Packages nobody can judge",
        .good = "Packages are judged by advisories",
        .act = "Give the packages of %s an index that knows them",
        .consequence = "Their flaws are in no report.",
        .why = "Only who knows the advisories of a package's ecosystem can say what is wrong with it. Of others, and of releases that nobody looks after any more, silence is no good news.",
    },
    {
        SCAN("PT-IMG-SECRETS", PT_HIGH, "# change the secret first: it is in every copy of the image\n# Dockerfile: RUN --mount=type=secret,id=token …"),
        .title = "Image holds a secret",
        .good = "No secret in any layer",
        .act = "Change the secret in %s and build anew",
        .consequence = "Whoever pulls the image has it, also from a layer that a later one deletes.",
        .why = "Every layer stays in the image: a file that a later step deletes can be read by everyone who can pull it.",
    },
};

const pt_check_table pt_scan_checks = {checks, PT_COUNT(checks)};
