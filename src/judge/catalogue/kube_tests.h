// Tests of the tables for Kubernetes' nodes. As pt_test (judge/finding.h). Components are objects
// of flags.
#pragma once

#include "judge/finding.h"

pt_verdict pt_test_is_there(pt_value v, pt_str want, pt_seen *seen); // any known value passes
// The kubelet's settings: a certificate of the cluster's CA for its own port.
pt_verdict pt_test_kubelet_cert(pt_value v, pt_str want, pt_seen *seen);
// An array of cipher suites without those that Go holds for insecure.
pt_verdict pt_test_go_ciphers(pt_value v, pt_str want, pt_seen *seen);
// {"enabled", "conditions"}: who is nobody gets nothing, or health checks at most.
pt_verdict pt_test_api_anonymous(pt_value v, pt_str want, pt_seen *seen);
// kube-apiserver: something takes the audit log.
pt_verdict pt_test_api_audit(pt_value v, pt_str want, pt_seen *seen);
// etcd asks its clients, or (`want`: "peers") other members, for certificates.
pt_verdict pt_test_etcd_clients(pt_value v, pt_str want, pt_seen *seen);
// {"etcd", "client"}: two files.
pt_verdict pt_test_own_ca(pt_value v, pt_str want, pt_seen *seen);
