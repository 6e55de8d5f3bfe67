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
    {
        SCAN("PT-IMG-CHANGED-PROG", PT_HIGH, "# look at the step that changed it; install the package anew:\n# apt-get install --reinstall PACKAGE, dnf reinstall, apk fix"),
        .title = "Program is not its package's",
        .good = "Programs are what their packages say",
        .act = "Find out which step of %s changed the program",
        .consequence = "Whatever was put in its place runs with its rights.",
        .why = "A package says the checksum of each of its files. A program that has another one was changed after it was installed: by a build step, or by somebody who wanted to stay unseen. Updates and advisories go by the package's version, which says nothing of it.",
    },
    {
        SCAN("PT-IMG-CHANGED", PT_MEDIUM, "# look at the step that changed it; install the package anew"),
        .title = "File is not its package's",
        .good = "Files are what their packages say",
        .act = "Find out which step of %s changed the file",
        .consequence = "Scripts and data of the system do something that nobody reviewed.",
        .why = "A file that is no configuration and has another checksum than its package says was changed after it was installed. The next update of the package undoes it, or is broken by it.",
    },
    {
        SCAN("PT-IMG-CHANGED-MODE", PT_MEDIUM, "# chmod and chown it as the package has it: rpm --restore PACKAGE"),
        .title = "File has other rights than its package's",
        .good = "Files have the rights of their packages",
        .act = "Give the file in %s back the rights of its package",
        .consequence = "Somebody may change or run what only root should.",
        .why = "Packages set owner and mode with care. A wider mode lets a process that was taken over change what others run.",
    },
    {
        SCAN("PT-IMG-UNOWNED", PT_MEDIUM, "# put it into /usr/local or /opt, or into a package"),
        .title = "System's folders hold a file of no package",
        .good = "Programs of the system are of packages",
        .act = "Find out how the file came into %s",
        .consequence = "No advisory and no update will ever speak of it.",
        .why = "In bin, sbin and lib stands what the system's packages put there. What somebody else put there runs like it and is in no list: flaws in it are found by nobody.",
    },
    {
        SCAN("PT-IMG-CHECKSUMS", PT_MEDIUM, "# install the package anew and compare"),
        .title = "Package's checksums or list were rewritten",
        .good = "Checksums and lists came with their package",
        .act = "Find out which step of %s wrote them",
        .consequence = "Files of that package cannot be compared with anything.",
        .why = "The checksums stand in the image, beside the files. Who changes a file can change them, too: a list that is younger than its package proves nothing.",
    },
    {
        SCAN("PT-IMG-MISSING", PT_LOW, "# remove the package instead of its files"),
        .title = "Package's files are missing",
        .good = "Packages are whole",
        .act = "Remove the package from %s, or install it anew",
        .consequence = "The package is listed and does not work.",
        .why = "A package whose files were deleted is still in the list, with its flaws, and the files are still in the lower layer.",
    },
    {
        SCAN("PT-IMG-LICENCE", PT_MEDIUM, "# the licence policy, once somebody has looked:\npackages:\n  - package: NAME\n    verdict: allowed\n    why: who decided, and why"),
        .title = "A licence that is not allowed",
        .good = "The policy allows every licence",
        .act = "Replace the packages, or decide on them in the policy",
        .consequence = "Nobody may have the right to use the image, or to hand it on.",
        .why = "A program may be used only as its licence says. What the policy denies must go; what it leaves to a person, and what has no licence that is known, is no pass before somebody has looked.",
    },
    {
        SCAN("PT-IMG-DENIED", PT_CRITICAL, "# remove the package, or upgrade it out of the range that --deny names"),
        .title = "Image holds a package that is denied",
        .good = "No package that --deny names",
        .act = "Remove the denied package from %s",
        .consequence = "What you decided never to run would run.",
        .why = "Some packages are never wanted, whatever advisories say: one that was taken over, a telnet server, a library that your house has banned. --deny names them.",
    },
    {
        SCAN("PT-IMG-POLICY", PT_HIGH, "# as the finding says; the policy is the one that --policy names"),
        .title = "A rule of your own is broken",
        .good = "The rule of your own is kept",
        .act = "Change %s as the policy asks",
        .consequence = "The policy does not let it pass.",
        .why = "--policy asks rules in Rego about all that a scan found: what your house asks of an image, beyond what everybody does.",
    },
};

const pt_check_table pt_scan_checks = {checks, PT_COUNT(checks)};
