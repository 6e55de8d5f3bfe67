# Images come from the registries that everybody may use, or from the tenant's own.
package hoster.allowed_registries

import data.lib.pod
import data.lib.tenant

violation contains finding if some finding in pod.malformed

violation contains finding if some finding in pod.unreadable

violation contains pod.complaint(item, "", text) if {
	some item in pod.images
	name := pod.parsed[item.reference].name
	not from_allowed(name)
	text := sprintf("image %s is from %s, which is not allowed here; use an image from one of: %s", [json.marshal(item.reference), name, listed])
}

allowed contains prefix if some prefix in input.parameters.registries

allowed contains prefix if {
	some entry in tenant.entries
	some prefix in entry.registries
}

# Whole components only: registry.example.com/shop allows neither registry.example.com/shopping nor
# registry.example.com.evil.example.
from_allowed(name) if {
	some start in starts
	startswith(concat("", [name, "/"]), start)
}

starts contains concat("", [trim_right(prefix, "/"), "/"]) if {
	some prefix in allowed
	prefix != ""
}

listed := concat(", ", sort(allowed)) if count(allowed) > 0

listed := "(none)" if count(allowed) == 0
