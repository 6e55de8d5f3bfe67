# No port of the node for a container.
package hoster.no_host_port

import data.lib.pod
import data.lib.review

violation contains finding if some finding in pod.malformed

violation contains pod.complaint(container, "ports", "is no list; write a list") if {
	some container in pod.containers
	review.no_list(container.body.ports)
}

violation contains pod.complaint(container, sprintf("ports[%v]", [index]), "is no map; write a map") if {
	some container in pod.containers
	some index, port in container.body.ports
	not is_object(port)
}

violation contains pod.complaint(container, field, text) if {
	some container in pod.containers
	some index, port in container.body.ports
	number := port.hostPort
	not number in {null, 0}
	not allowed(number)
	field := sprintf("ports[%v].hostPort", [index])
	text := sprintf("is %s, a port of the node itself; remove it, and use a Service", [json.marshal(number)])
}

allowed(number) if {
	is_number(number)
	some range in input.parameters.allowed
	number >= range.min
	number <= range.max
}
