# No program in a container gains more than the container began with.
package hoster.no_privilege_escalation

import data.lib.pod

violation contains finding if some finding in pod.malformed

violation contains pod.complaint(container, "securityContext.allowPrivilegeEscalation", text) if {
	some container in pod.containers
	not container.body.securityContext.allowPrivilegeEscalation == false
	text := "must be false, which it is not by itself: set-user-ID programs would gain root; set it"
}
