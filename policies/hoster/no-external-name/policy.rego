# No Service that is a name of something else.
package hoster.no_external_name

import data.lib.review
import data.lib.service

types := {"ClusterIP", "NodePort", "LoadBalancer"}

violation contains finding if some finding in service.malformed

violation contains review.complaint("spec.externalName", text) if {
	not service.settled
	asks_for_a_name
	name := object.get(service.spec, "externalName", "")
	not allowed(name)
	text := sprintf("is %s: whoever trusts this Service would talk to that instead; remove it, and let the program name its peer itself", [json.marshal(name)])
}

asks_for_a_name if {
	type := service.spec.type
	type != null
	not type in types
}

asks_for_a_name if not object.get(service.spec, "externalName", null) in {null, ""}

allowed(name) if {
	some entry in input.parameters.allowed
	covers(entry, trim_suffix(lower(name), "."))
}

covers(entry, name) if entry == name

covers(entry, name) if {
	startswith(entry, "*.")
	endswith(name, trim_prefix(entry, "*"))
	not regex.match(`[^-.a-z0-9]`, name)
}
