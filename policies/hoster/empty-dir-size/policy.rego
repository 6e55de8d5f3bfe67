# Each emptyDir says how large it may become, within bounds.
package hoster.empty_dir_size

import data.lib.pod
import data.lib.quantity
import data.lib.review

violation contains finding if some finding in pod.malformed

violation contains pod.complaint(volume, "emptyDir", "is no map; write a map") if {
	some volume in volumes
	review.no_map(volume.body.emptyDir)
}

violation contains pod.complaint(volume, "emptyDir.medium", text) if {
	some volume in volumes
	medium := volume.body.emptyDir.medium
	not medium in {null, "", "Memory"}
	text := sprintf("is %s; use the node's disk (none) or Memory", [json.marshal(medium)])
}

violation contains pod.complaint(volume, "emptyDir.sizeLimit", text) if {
	some volume in volumes
	is_object(volume.body.emptyDir)
	medium := object.get(volume.body.emptyDir, "medium", null)
	maximum := maxima[name_of(medium)]
	limit := object.get(volume.body.emptyDir, "sizeLimit", null)
	not bounded(limit, maximum)
	text := sprintf("is %s; set more than 0 (which is none) and at most %s", [json.marshal(limit), maximum])
}

name_of("Memory") := "maxMemory"

name_of(medium) := "max" if medium in {null, ""}

maxima := {name: input.parameters[name] | some name in ["max", "maxMemory"]}

volumes := [{"list": "volumes", "index": index, "body": volume} |
	pod.judged
	some index, volume in pod.spec.volumes
]

# A maximum that is no quantity allows nothing.
bounded(limit, maximum) if {
	amount := quantity.billionths(limit)
	amount > 0
	amount <= quantity.billionths(maximum)
}
