# No pod among the node's processes or in its shared memory.
package hoster.no_host_pid_ipc

import data.lib.pod

violation contains finding if some finding in pod.malformed

violation contains pod.fault(sprintf(".%s", [field]), text) if {
	pod.judged
	some field, what in {
		"hostPID": "sees and signals every process of the node, and reads their environment",
		"hostIPC": "reads and writes the shared memory of every process of the node",
	}
	value := pod.spec[field]
	not value in {null, false}
	text := sprintf("is set, so that the pod %s; remove it", [what])
}
