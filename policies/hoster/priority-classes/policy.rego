# No pod is more important than its tenant.
package hoster.priority_classes

import data.lib.pod
import data.lib.review

violation contains finding if some finding in pod.malformed

violation contains pod.fault(".priorityClassName", text) if {
	pod.judged
	name := pod.spec.priorityClassName
	not name in {null, ""}
	not allowed(name)
	text := sprintf("is %s, which may displace pods of others; use %s", [json.marshal(name), listed])
}

allowed(name) if review.matches_any(input.parameters.allowed, name)

listed := sprintf("one of: %s", [concat(", ", input.parameters.allowed)]) if input.parameters.allowed[0]

listed := "none" if not input.parameters.allowed[0]
