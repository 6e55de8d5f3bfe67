// What the sources of the functions on encodings share.
#pragma once

#include "judge/policy/builtin.h"

pt_value pt_fn_base64_decode(pt_call *c, const pt_value *args);
pt_value pt_fn_base64_encode(pt_call *c, const pt_value *args);
pt_value pt_fn_base64_is_valid(pt_call *c, const pt_value *args);
pt_value pt_fn_base64url_decode(pt_call *c, const pt_value *args);
pt_value pt_fn_base64url_encode(pt_call *c, const pt_value *args);
pt_value pt_fn_base64url_encode_no_pad(pt_call *c, const pt_value *args);
pt_value pt_fn_hex_decode(pt_call *c, const pt_value *args);
pt_value pt_fn_hex_encode(pt_call *c, const pt_value *args);
pt_value pt_fn_uri_is_valid(pt_call *c, const pt_value *args);
pt_value pt_fn_uri_parse(pt_call *c, const pt_value *args);
pt_value pt_fn_urlquery_decode(pt_call *c, const pt_value *args);
pt_value pt_fn_urlquery_decode_object(pt_call *c, const pt_value *args);
pt_value pt_fn_urlquery_encode(pt_call *c, const pt_value *args);
pt_value pt_fn_urlquery_encode_object(pt_call *c, const pt_value *args);
pt_value pt_fn_yaml_is_valid(pt_call *c, const pt_value *args);
pt_value pt_fn_yaml_marshal(pt_call *c, const pt_value *args);
pt_value pt_fn_yaml_unmarshal(pt_call *c, const pt_value *args);
