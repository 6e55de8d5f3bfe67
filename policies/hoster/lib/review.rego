# What is asked: the operation, what an update leaves alone, and how names are matched.
package lib.review

# Nothing may be kept from being removed.
removed if input.review.operation == "DELETE"

# An update that leaves this part as it was is not judged again: what is older than the policy can
# still be labelled, finalised and removed. Audits report it all the same.
untouched(path) if {
	input.review.operation == "UPDATE"
	object.get(input.review.object, path, null) == object.get(input.review.oldObject, path, null)
}

# What stands where a map or a list should, and is neither that nor nothing. Undefined for what is not
# there, so that a caller need not ask.
no_map(value) if {
	value != null
	not is_object(value)
}

no_list(value) if {
	value != null
	not is_array(value)
}

# A violation by a field. Its message is one line, whatever names the object holds.
complaint(field, text) := {
	"msg": one_line(sprintf("%s %s", [field, text])),
	"details": {"field": field},
}

# Nearly all are one already: to look costs much less than to replace each blank by a blank.
one_line(text) := regex.replace(text, `\s+`, " ") if {
	regex.match(`[\t\n\f\r]|  `, text)
} else := text

# The whole text or, where the pattern ends in "*", its beginning.
matches(pattern, text) if pattern == text

matches(pattern, text) if {
	endswith(pattern, "*")
	startswith(text, trim_suffix(pattern, "*"))
}

matches_any(patterns, text) if {
	some pattern in patterns
	matches(pattern, text)
}
