# No Service opens a port on the nodes.
package hoster.no_node_port

import data.lib.review
import data.lib.service

types := {"ClusterIP", "LoadBalancer", "ExternalName"}

violation contains finding if some finding in service.malformed

violation contains review.complaint("spec.type", text) if {
	not service.settled
	type := service.spec.type
	type != null
	not type in types
	text := sprintf("is %s, which opens a port on every node; use ClusterIP with an Ingress, or LoadBalancer", [json.marshal(type)])
}

violation contains review.complaint("spec.ports", "is no list; write a list") if {
	not service.settled
	review.no_list(service.spec.ports)
}

violation contains review.complaint(sprintf("spec.ports[%v]", [index]), "is no map; write a map") if {
	not service.settled
	some index, port in service.spec.ports
	not is_object(port)
}

violation contains review.complaint(field, text) if {
	not service.settled
	not load_balancer_may
	some index, port in service.spec.ports
	number := port.nodePort
	not number in {null, 0}
	field := sprintf("spec.ports[%v].nodePort", [index])
	text := sprintf("is %s, a port of every node; remove it", [json.marshal(number)])
}

violation contains review.complaint("spec.allocateLoadBalancerNodePorts", text) if {
	not service.settled
	service.spec.type == "LoadBalancer"
	not load_balancer_may
	not service.spec.allocateLoadBalancerNodePorts == false
	text := "must be false for a LoadBalancer, which else opens a port on every node besides; set it"
}

violation contains review.complaint("spec.healthCheckNodePort", text) if {
	not service.settled
	number := object.get(service.spec, "healthCheckNodePort", null)
	not number in {null, 0}
	not service.spec.type == "LoadBalancer"
	text := sprintf("is %s, a port of every node; remove it", [json.marshal(number)])
}

load_balancer_may if {
	service.spec.type == "LoadBalancer"
	input.parameters.allowLoadBalancerNodePorts == true
}
