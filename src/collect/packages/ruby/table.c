#include "collect/packages/readers.h"
#include "collect/packages/ruby/ruby.h"

const pt_reader_row pt_ruby_readers[] = {
    {.path = "**/specifications/**/*.gemspec",
     .kind = "gem",
     .read = PT_READER(pt_read_gemspec),
     .where = PT_IN_IMAGE},
    {.path = "**/Gemfile.lock",
     .kind = "gem",
     .read = PT_READER(pt_read_gemfile_lock),
     .where = PT_IN_TREE},
    {.path = "**/gems.locked",
     .kind = "gem",
     .read = PT_READER(pt_read_gemfile_lock),
     .where = PT_IN_TREE},
    {0},
};
