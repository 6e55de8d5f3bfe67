# Images that were scanned lately and are good enough: this policy asks for the record of it.
package hoster.scanned_images

import data.lib.fact
import data.lib.pod

violation contains finding if some finding in pod.malformed

violation contains finding if some finding in pod.unreadable

violation contains pod.complaint(item, "", text) if {
	some item in pod.images
	digest := pod.parsed[item.reference].digest
	text := sprintf("image %s %s", [json.marshal(item.reference), problem(digest)])
}

problem("") := "has no digest, and only what has one can have been scanned; append @sha256:… of the scanned image"

problem(digest) := text if {
	digest != ""
	count(fact.of(digest)) == 0
	text := "has no record of a scan; have it scanned before it runs"
}

problem(digest) := text if {
	facts := fact.of(digest)
	count(facts) > 0
	not recent(facts)
	text := sprintf("has no record of a scan within %s; have it scanned again", [age])
}

problem(digest) := text if {
	facts := fact.of(digest)
	count(facts) > 0
	recent(facts)
	not clean(facts)
	text := sprintf("has too many flaws in its last scan (allowed: critical %v, high %v); build it anew on what is patched", [most("critical"), most("high")])
}

age := object.get(input.parameters, "maxAge", "0s")

# Every record says when, none says tomorrow, and the last is young enough.
recent(facts) if {
	every record in facts {
		fact.in_the_past(record.scanned)
	}
	last(facts) > time.now_ns() - time.parse_duration_ns(age)
}

last(facts) := max({time.parse_rfc3339_ns(record.scanned) | some record in facts})

# An older record says nothing of what has become known since. Of two that are last, both count.
clean(facts) if {
	every record in {record | some record in facts; time.parse_rfc3339_ns(record.scanned) == last(facts)} {
		few(record, "critical")
		few(record, "high")
	}
}

few(record, severity) if {
	is_number(record[severity])
	record[severity] <= most(severity)
}

most("critical") := object.get(input.parameters, "maxCritical", 0)

most("high") := object.get(input.parameters, "maxHigh", 0)
