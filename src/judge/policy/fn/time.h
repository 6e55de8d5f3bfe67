// What the files of the family "time" share: the calendar, zones and Go's layouts.
#pragma once

#include "judge/policy/fn/aid.h"

#define PT_NS INT64_C(1000000000)

// -- the calendar (proleptic Gregorian) -----------------------------------------------------------

typedef struct pt_civil {
    int64_t year;
    int month, day; // from 1
    int hour, minute, second, ns;
} pt_civil;

int64_t pt_civil_days(int64_t year, int month, int64_t day); // since 1970-01-01; any day
void pt_civil_of(int64_t seconds, pt_civil *ret);            // since 1970; ns stays
int pt_month_days(int64_t year, int month);
int pt_year_day(const pt_civil *t); // from 1
int pt_week_day(int64_t seconds);   // 0: Sunday

// -- zones ----------------------------------------------------------------------------------------

typedef struct pt_zone pt_zone; // of the system's tzdata

// A zone's answer for one instant, and from when to when it holds (seconds).
typedef struct pt_zone_at {
    char name[32];
    int64_t offset; // seconds east of UTC
    int64_t from, to;
} pt_zone_at;

// NULL after a fault, and for UTC without one. The zone lives in the cache or in *k.
const pt_zone *pt_zone_get(pt_call *c, pt_str name, pt_kept *k);
void pt_zone_look(const pt_zone *z, int64_t seconds, pt_zone_at *ret); // NULL: UTC

// A rule of a POSIX TZ string ("EST5EDT,M3.2.0,M11.1.0"), which is what a TZif file ends with.
bool pt_tz_look(pt_str tz, int64_t last, int64_t seconds, pt_zone_at *ret);

// -- layouts --------------------------------------------------------------------------------------

typedef enum pt_std {
    STD_NONE,
    STD_LONG_MONTH, // "January"
    STD_MONTH,      // "Jan"
    STD_NUM_MONTH,  // "1"
    STD_ZERO_MONTH, // "01"
    STD_LONG_WEEK_DAY,
    STD_WEEK_DAY,
    STD_DAY,            // "2"
    STD_UNDER_DAY,      // "_2"
    STD_ZERO_DAY,       // "02"
    STD_UNDER_YEAR_DAY, // "__2"
    STD_ZERO_YEAR_DAY,  // "002"
    STD_HOUR,           // "15"
    STD_HOUR12,         // "3"
    STD_ZERO_HOUR12,    // "03"
    STD_MINUTE,
    STD_ZERO_MINUTE,
    STD_SECOND,
    STD_ZERO_SECOND,
    STD_LONG_YEAR, // "2006"
    STD_YEAR,      // "06"
    STD_PM,
    STD_PM_LOW,
    STD_TZ,                // "MST"
    STD_ISO,               // "Z0700"
    STD_ISO_SECONDS,       // "Z070000"
    STD_ISO_SHORT,         // "Z07"
    STD_ISO_COLON,         // "Z07:00"
    STD_ISO_COLON_SECONDS, // "Z07:00:00"
    STD_NUM,               // "-0700"
    STD_NUM_SECONDS,
    STD_NUM_SHORT,
    STD_NUM_COLON,
    STD_NUM_COLON_SECONDS,
    STD_FRACTION0, // ".000"
    STD_FRACTION9, // ".999"
} pt_std;

typedef struct pt_chunk {
    pt_str before; // literal text
    pt_std std;    // STD_NONE: the layout ends here
    pt_str text;   // of the element
    pt_str rest;
    int digits; // of a fraction
    char mark;  // '.' or ','
} pt_chunk;
pt_chunk pt_layout_next(pt_str layout);

// "RFC3339" and the like by their name; any other text is a layout itself.
pt_str pt_layout_named(pt_str s);

extern const char *const pt_month_names[12], *const pt_day_names[7];

void pt_layout_put(pt_buf *b, pt_str layout, const pt_zone *z, int64_t seconds, int ns);

// Seconds since 1970 and nanoseconds; false after a fault.
bool pt_layout_read(pt_call *c, pt_str layout, pt_str value, int64_t *ret_seconds, int *ret_ns);

pt_str pt_time_quoted(pt_call *c, pt_str s); // as Go's errors quote; in the call's arena

pt_value pt_time_parse_duration_ns(pt_call *c, const pt_value *args);

// As Go's time.ParseDuration, without days and what is longer; false after a fault.
bool pt_go_duration(pt_call *c, pt_str s, int64_t *ret_ns);
