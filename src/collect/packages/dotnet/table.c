#include "collect/packages/dotnet/dotnet.h"
#include "collect/packages/readers.h"

const pt_reader_row pt_dotnet_readers[] = {
    {.path = "**/*.deps.json", .kind = "nuget", .read = PT_READER(pt_read_deps_json)},
    {.path = "**/packages.lock.json",
     .kind = "nuget",
     .read = PT_READER(pt_read_nuget_lock),
     .where = PT_IN_TREE},
    {.path = "**/packages.config",
     .kind = "nuget",
     .read = PT_READER(pt_read_nuget_config),
     .where = PT_IN_TREE},
    {.path = "**/*Packages.props",
     .kind = "nuget",
     .read = PT_READER(pt_read_nuget_props),
     .where = PT_IN_TREE},
    {0},
};
