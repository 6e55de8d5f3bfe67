# Every container drops all capabilities and adds few; NET_RAW and ALL never.
package hoster.drop_capabilities

import data.lib.pod

violation contains finding if some finding in pod.malformed

violation contains pod.complaint(container, "securityContext.capabilities.drop", text) if {
	some container in pod.containers
	not drops_all(container.body)
	text := "does not hold ALL, so that the runtime's dozen remain; set drop: [ALL]"
}

violation contains pod.complaint(container, "securityContext.capabilities.add", text) if {
	some container in pod.containers
	added := container.body.securityContext.capabilities.add
	added != null
	not is_array(added)
	text := "is no list; write a list"
}

violation contains pod.complaint(container, "securityContext.capabilities.add", text) if {
	some container in pod.containers
	some capability in container.body.securityContext.capabilities.add
	not allowed(capability)
	text := sprintf("holds %s; remove it, since allowed is: %s", [json.marshal(capability), listed])
}

drops_all(body) if {
	dropped := body.securityContext.capabilities.drop
	is_array(dropped)
	"ALL" in dropped
}

allowed(capability) if {
	some name in input.parameters.allowedAdd
	capability == name
	not never(capability)
}

# Runtimes take net_raw and CAP_NET_RAW for NET_RAW.
never(capability) if trim_prefix(upper(trim_space(capability)), "CAP_") in {"ALL", "NET_RAW"}

listed := concat(", ", sort(input.parameters.allowedAdd)) if count(input.parameters.allowedAdd) > 0

default listed := "(none)"
