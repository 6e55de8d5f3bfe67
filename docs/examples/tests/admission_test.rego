package admission_test

import data.admission

test_small_is_allowed if {
	count(admission.deny) == 0 with input as {"memory": 512}
}

test_limits[case.note] if {
	some case in [
		{"note": "half the limit", "memory": 512, "want": set()},
		{"note": "twice the limit", "memory": 2048, "want": set()},
	]
	got := admission.deny with input as {"memory": case.memory}
	got == case.want
}
