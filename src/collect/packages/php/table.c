#include "collect/packages/php/php.h"
#include "collect/packages/readers.h"

const pt_reader_row pt_php_readers[] = {
    {.path = "**/composer/installed.json",
     .kind = "composer",
     .read = PT_READER(pt_read_composer_installed),
     .where = PT_IN_IMAGE},
    {.path = "**/composer.lock",
     .kind = "composer",
     .read = PT_READER(pt_read_composer_lock),
     .where = PT_IN_TREE},
    {.path = "**/wp-includes/version.php", .kind = "generic", .read = PT_READER(pt_read_wordpress)},
    {0},
};
