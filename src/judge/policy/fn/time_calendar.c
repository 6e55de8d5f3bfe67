#include "judge/policy/fn/time.h"

// Years from March on, in eras of 400 years: after H. Hinnant, "chrono-Compatible Low-Level Date
// Algorithms".
int64_t pt_civil_days(int64_t year, int month, int64_t day) {
    int64_t y = year - (month <= 2);
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t yoe = y - era * 400;
    int64_t doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5;
    int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    return era * 146097 + doe - 719468 + day - 1;
}

static void date_of(int64_t days, pt_civil *ret) {
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t doe = days - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153;
    ret->day = (int)(doy - (153 * mp + 2) / 5 + 1);
    ret->month = (int)(mp < 10 ? mp + 3 : mp - 9);
    ret->year = yoe + era * 400 + (ret->month <= 2);
}

static int64_t floor_div(int64_t a, int64_t b) {
    return a / b - (a % b < 0);
}

void pt_civil_of(int64_t seconds, pt_civil *ret) {
    int64_t days = floor_div(seconds, 86400);
    int left = (int)(seconds - days * 86400);
    date_of(days, ret);
    ret->hour = left / 3600;
    ret->minute = left / 60 % 60;
    ret->second = left % 60;
}

int pt_month_days(int64_t year, int month) {
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return month == 2 && leap ? 29 : days[month - 1];
}

int pt_year_day(const pt_civil *t) {
    return (int)(pt_civil_days(t->year, t->month, t->day) - pt_civil_days(t->year, 1, 1)) + 1;
}

int pt_week_day(int64_t seconds) {
    int64_t d = (floor_div(seconds, 86400) + 4) % 7;
    return (int)(d < 0 ? d + 7 : d);
}
