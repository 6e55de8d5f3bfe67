# No container runs as root. What counts is what the container gets: its own setting, else the pod's.
package hoster.run_as_non_root

import data.lib.pod
import data.lib.review

violation contains finding if some finding in pod.malformed

violation contains pod.complaint(container, "securityContext.runAsNonRoot", text) if {
	some container in judged
	pod.effective(container, "runAsNonRoot") != true
	text := "is not true, neither here nor for the pod, so that the image's user may be root; set it"
}

violation contains pod.complaint(container, "securityContext.runAsUser", text) if {
	some container in judged
	user := pod.effective(container, "runAsUser")
	user != null
	not ordinary(user)
	text := sprintf("is %s; set a number from 1 to 2147483647", [json.marshal(user)])
}

violation contains pod.complaint(container, "securityContext.windowsOptions.runAsUserName", text) if {
	some container in judged
	name := pod.effective(container, "windowsOptions").runAsUserName
	not name in {null, ""}
	not plain(name)
	text := sprintf("is %s, Windows' root in containers; set ContainerUser", [json.marshal(name)])
}

violation contains pod.complaint(container, "securityContext.windowsOptions", "is no map; write a map") if {
	some container in judged
	review.no_map(pod.effective(container, "windowsOptions"))
}

judged := [container |
	not user_namespace
	some container in pod.containers
]

# Root of a user namespace is nobody on the node.
user_namespace if {
	input.parameters.allowRootInUserNamespace == true
	pod.spec.hostUsers == false
}

ordinary(user) if {
	is_number(user)
	user > 0
	user <= 2147483647
}

plain(name) if {
	is_string(name)
	not regex.match(`(?i)containeradministrator`, name)
}
