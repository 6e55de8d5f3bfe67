# No pod takes longer to end than the hoster waits for a node.
package hoster.termination_grace

import data.lib.pod

violation contains finding if some finding in pod.malformed

violation contains pod.fault(".terminationGracePeriodSeconds", text) if {
	pod.judged
	seconds := pod.spec.terminationGracePeriodSeconds
	seconds != null
	not short(seconds)
	text := complaint(seconds)
}

violation contains pod.complaint(container, field, text) if {
	some container in pod.containers
	some probe in ["livenessProbe", "startupProbe"]
	seconds := container.body[probe].terminationGracePeriodSeconds
	seconds != null
	not short(seconds)
	field := sprintf("%s.terminationGracePeriodSeconds", [probe])
	text := complaint(seconds)
}

complaint(seconds) := sprintf("is %s: until then its node cannot be emptied; set at most %v", [json.marshal(seconds), input.parameters.maxSeconds])

# Below nothing is one second, to Kubernetes.
short(seconds) if {
	is_number(seconds)
	seconds <= input.parameters.maxSeconds
}
