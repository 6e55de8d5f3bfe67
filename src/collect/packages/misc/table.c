#include "collect/packages/misc/misc.h"
#include "collect/packages/readers.h"

const pt_reader_row pt_misc_readers[] = {
    {.path = "**/pubspec.lock", .kind = "pub", .read = pt_read_pub_lock, .where = PT_IN_TREE},
    {.path = "**/Package.resolved",
     .kind = "swift",
     .read = pt_read_swift_resolved,
     .where = PT_IN_TREE},
    {.path = "**/Podfile.lock",
     .kind = "cocoapods",
     .read = pt_read_podfile_lock,
     .where = PT_IN_TREE},
    {.path = "**/mix.lock", .kind = "hex", .read = pt_read_mix_lock, .where = PT_IN_TREE},
    {.path = "**/Manifest.toml",
     .kind = "julia",
     .read = pt_read_julia_manifest,
     .where = PT_IN_TREE},
    {.path = "**/JuliaManifest.toml",
     .kind = "julia",
     .read = pt_read_julia_manifest,
     .where = PT_IN_TREE},
    {.path = "**/conan.lock", .kind = "conan", .read = pt_read_conan_lock, .where = PT_IN_TREE},
    {0},
};
