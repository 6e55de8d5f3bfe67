# Images that were scanned lately and are good enough: this policy asks for the record of it.
package hoster.scanned_images

import data.lib.fact
import data.lib.pod

violation contains finding if some finding in pod.malformed

violation contains finding if some finding in pod.unreadable

violation contains pod.complaint(item, "", text) if {
	some item in pod.images
	what := problems[pod.parsed[item.reference].digest]
	text := sprintf("image %s %s", [json.marshal(item.reference), what])
}

problems := {digest: problem(digest, fact.of(digest)) |
	some digest in {parts.digest | some parts in pod.parsed}
}

problem("", _) := "has no digest, and only what has one can have been scanned; append @sha256:… of the scanned image"

problem(digest, records) := "has no record of a scan; have it scanned before it runs" if {
	digest != ""
	count(records) == 0
}

problem(_, records) := text if {
	count(records) > 0
	not recent(records)
	text := sprintf("has no record of a scan within %s; have it scanned again", [age])
}

problem(_, records) := text if {
	count(records) > 0
	recent(records)
	not clean(records)
	text := sprintf("has too many flaws in its last scan (allowed: critical %v, high %v); build it anew on what is patched", [most("critical"), most("high")])
}

age := object.get(input.parameters, "maxAge", "0s")

age_ns := time.parse_duration_ns(age)

# Every record says when, none says tomorrow, and the last is young enough.
recent(records) if {
	every record in records {
		fact.in_the_past(record.scanned)
	}
	last(records) > time.now_ns() - age_ns
}

last(records) := max({fact.instant(record.scanned) | some record in records})

# An older record says nothing of what has become known since. Of two that are last, both count.
clean(records) if {
	every record in {record | some record in records; fact.instant(record.scanned) == last(records)} {
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
