// How rows of fields are written, and those that every source has; nobody but match/ includes it.
#pragma once

#include "judge/falco/match/fields_impl.h"

#define PT_TEXT(n, f, g, w, a)      {n, a, g, w, f, PT_FALCO_STRING, 0}
#define PT_NUMBER(n, b, f, g, w, a) {n, a, g, w, f, PT_FALCO_NUMBER, b}
#define PT_TRUTH(n, f, g, w, a)     {n, a, g, w, f, PT_FALCO_BOOL, 0}
#define PT_NEVER(n, t, f, a)        {n, a, NULL, 0, (f) | PT_FIELD_ABSENT, PT_FALCO_##t, 0}
// clang-format off
#define PT_FIELDS_OF_ANY_EVENT \
    PT_NUMBER("evt.num", 64, 0, pt_get_evt_number, 0, "number of the event, from 1"), \
    PT_TEXT("evt.time", PT_FIELD_TIME, pt_get_evt_time, PT_EVT_TIME, "time of day (UTC) with nanoseconds"), \
    PT_TEXT("evt.time.s", PT_FIELD_TIME, pt_get_evt_time, PT_EVT_TIME_S, "time of day (UTC)"), \
    PT_TEXT("evt.time.iso8601", PT_FIELD_TIME, pt_get_evt_time, PT_EVT_ISO8601, "date and time with nanoseconds and offset"), \
    PT_TEXT("evt.datetime", PT_FIELD_TIME, pt_get_evt_time, PT_EVT_DATETIME, "date and time with nanoseconds"), \
    PT_TEXT("evt.datetime.s", PT_FIELD_TIME, pt_get_evt_time, PT_EVT_DATETIME_S, "date and time"), \
    PT_NUMBER("evt.rawtime", 64, 0, pt_get_evt_moment, PT_EVT_RAW, "nanoseconds since the epoch"), \
    PT_NUMBER("evt.rawtime.s", 64, 0, pt_get_evt_moment, PT_EVT_RAW_S, "seconds since the epoch"), \
    PT_NUMBER("evt.rawtime.ns", 64, 0, pt_get_evt_moment, PT_EVT_RAW_NS, "nanoseconds of the second"), \
    PT_NUMBER("evt.reltime", 64, 0, pt_get_evt_moment, PT_EVT_REL, "nanoseconds since the first event"), \
    PT_NUMBER("evt.reltime.s", 64, 0, pt_get_evt_moment, PT_EVT_REL_S, "seconds since the first event"), \
    PT_NUMBER("evt.reltime.ns", 64, 0, pt_get_evt_moment, PT_EVT_REL_NS, "nanoseconds of that second"), \
    PT_TEXT("evt.source", 0, pt_get_evt_source, 0, "source of the event: syscall"), \
    PT_TRUTH("evt.is_async", 0, pt_get_evt_async, 0, "was it told by the sensor itself?"), \
    PT_TEXT("evt.asynctype", 0, pt_get_evt_async_name, 0, "name of what the sensor tells itself"), \
    PT_TEXT("evt.hostname", 0, pt_get_evt_hostname, 0, "name of the host")
// clang-format on
