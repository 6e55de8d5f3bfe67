#include "collect/packages/os/os.h"
#include "collect/packages/readers.h"

// A database that is known and not read is said to be there: its packages are missing from the
// list.
const pt_reader_row pt_os_readers[] = {
    {.path = "etc/os-release", .kind = "os", .read = pt_read_os_release},
    {.path = "usr/lib/os-release", .kind = "os", .read = pt_read_os_release},
    {.path = "var/lib/dpkg/status", .kind = "deb", .read = pt_read_dpkg},
    {.path = "var/lib/dpkg/status.d/", .kind = "deb", .read = pt_read_dpkg, .except = ".md5sums"},
    {.path = "var/lib/dpkg/status.d/*.md5sums", .kind = "deb", .read = pt_read_dpkg_sums},
    {.path = "var/lib/dpkg/info/*.list", .kind = "deb", .read = pt_read_dpkg_list},
    {.path = "lib/apk/db/installed", .kind = "apk", .read = pt_read_apk},
    {.path = "usr/lib/apk/db/installed", .kind = "apk", .read = pt_read_apk},
    {.path = "var/lib/rpm/Packages", .kind = "rpm", .read = pt_read_rpm_bdb},
    {.path = "var/lib/rpm/Packages.db", .kind = "rpm", .read = pt_read_rpm_ndb},
    {.path = "var/lib/rpm/rpmdb.sqlite", .kind = "rpm", .read = pt_read_rpm_sqlite},
    {.path = "var/lib/rpm/rpmdb.sqlite-wal", .kind = "rpm", .read = pt_read_rpm_wal},
    {.path = "usr/lib/sysimage/rpm/Packages", .kind = "rpm", .read = pt_read_rpm_bdb},
    {.path = "usr/lib/sysimage/rpm/Packages.db", .kind = "rpm", .read = pt_read_rpm_ndb},
    {.path = "usr/lib/sysimage/rpm/rpmdb.sqlite", .kind = "rpm", .read = pt_read_rpm_sqlite},
    {.path = "usr/lib/sysimage/rpm/rpmdb.sqlite-wal", .kind = "rpm", .read = pt_read_rpm_wal},
    {.path = "usr/share/rpm/Packages", .kind = "rpm", .read = pt_read_rpm_bdb},
    {.path = "usr/share/rpm/Packages.db", .kind = "rpm", .read = pt_read_rpm_ndb},
    {.path = "usr/share/rpm/rpmdb.sqlite", .kind = "rpm", .read = pt_read_rpm_sqlite},
    {.path = "usr/share/rpm/rpmdb.sqlite-wal", .kind = "rpm", .read = pt_read_rpm_wal},
    {.path = "usr/lib/opkg/status", .kind = "opkg"},
    {.path = "var/lib/opkg/status", .kind = "opkg"},
    {.path = "var/lib/chisel/manifest.wall", .kind = "chisel"},
    {.path = "var/lib/pacman/local/ALPM_DB_VERSION", .kind = "pacman"},
    {.path = "var/lib/portage/world", .kind = "portage"},
    {.path = "var/lib/xbps/pkgdb-0.38.plist", .kind = "xbps"},
    {.path = "nix/var/nix/db/db.sqlite", .kind = "nix"},
    {0},
};
