# Every container has a system call filter. A container's own profile takes the place of the pod's.
package hoster.seccomp_runtime_default

import data.lib.pod
import data.lib.review

violation contains finding if some finding in pod.malformed

violation contains pod.complaint(container, "securityContext.seccompProfile", text) if {
	some container in pod.containers
	pod.effective(container, "seccompProfile") == null
	text := "is set neither here nor for the pod, so that every system call may be made; set type: RuntimeDefault"
}

violation contains pod.complaint(container, "securityContext.seccompProfile", text) if {
	some container in pod.containers
	profile := pod.effective(container, "seccompProfile")
	profile != null
	not filters(profile)
	text := sprintf("is %s; set type: RuntimeDefault", [json.marshal(profile)])
}

filters(profile) if profile.type == "RuntimeDefault"

filters(profile) if {
	profile.type == "Localhost"
	not contains(profile.localhostProfile, "..")
	review.matches_any(input.parameters.allowedLocalhostProfiles, profile.localhostProfile)
}
