// Inside http: nghttp2, the frames of HTTP/2, loaded when the first server that speaks it is made;
// most verbs serve nothing.
#pragma once

#include <nghttp2/nghttp2.h>

#include "base/err.h"

// The functions that are used, by their name without its "nghttp2_".
#define PT_LIBNGHTTP2_FUNCTIONS(X)                       \
    X(option_new)                                        \
    X(option_del)                                        \
    X(option_set_no_auto_window_update)                  \
    X(session_callbacks_new)                             \
    X(session_callbacks_del)                             \
    X(session_callbacks_set_on_begin_headers_callback)   \
    X(session_callbacks_set_on_header_callback)          \
    X(session_callbacks_set_on_invalid_header_callback)  \
    X(session_callbacks_set_on_data_chunk_recv_callback) \
    X(session_callbacks_set_on_frame_recv_callback)      \
    X(session_callbacks_set_on_frame_send_callback)      \
    X(session_callbacks_set_on_stream_close_callback)    \
    X(session_server_new2)                               \
    X(session_del)                                       \
    X(session_mem_recv)                                  \
    X(session_mem_send)                                  \
    X(session_want_read)                                 \
    X(session_want_write)                                \
    X(session_set_local_window_size)                     \
    X(session_consume_connection)                        \
    X(session_set_stream_user_data)                      \
    X(session_get_stream_user_data)                      \
    X(session_get_last_proc_stream_id)                   \
    X(session_terminate_session)                         \
    X(submit_settings)                                   \
    X(submit_headers)                                    \
    X(submit_response)                                   \
    X(submit_rst_stream)                                 \
    X(submit_shutdown_notice)                            \
    X(submit_ping)                                       \
    X(submit_goaway)

typedef struct pt_libnghttp2 {
#define MEMBER(name) __typeof__(nghttp2_##name) *name;
    PT_LIBNGHTTP2_FUNCTIONS(MEMBER)
#undef MEMBER
} pt_libnghttp2;

// PT_E_UNSUPPORTED: it is not installed.
PT_CHECK pt_code pt_libnghttp2_load(pt_libnghttp2 *ret, pt_err *e);
