// What a secret in clear looks like: for environments of containers, images and manifests alike.
#pragma once

#include "base/base.h"
#include "base/str.h"

// A variable that says secret by its name (and not TOKEN_TTL, SECRET_NAME, PASSWORD_FILE) with a
// value of its own; or a value that is a private key, a well-known token, or an address with a
// password.
bool pt_is_secret(pt_str name, pt_str value);
