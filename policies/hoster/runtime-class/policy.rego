# The runtime is one of those that the hoster has for tenants.
package hoster.runtime_class

import data.lib.pod
import data.lib.review

violation contains finding if some finding in pod.malformed

violation contains pod.fault(".runtimeClassName", text) if {
	pod.judged
	name := object.get(pod.spec, "runtimeClassName", null)
	not fine(name)
	text := sprintf("is %s; use %s", [json.marshal(name), listed])
}

fine(name) if {
	name in {null, ""}
	not input.parameters.required == true
}

fine(name) if {
	name != ""
	review.matches_any(input.parameters.allowed, name)
}

listed := sprintf("one of: %s", [concat(", ", input.parameters.allowed)]) if input.parameters.allowed[0]

listed := "none" if not input.parameters.allowed[0]
