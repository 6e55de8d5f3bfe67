package odd

conflict := 1 if input.x

conflict := 2 if input.y

quotient := 1 / input.by

slow if {
	some i in numbers.range(1, 30000)
	some j in numbers.range(1, 30000)
	i * j == -1
}

note if trace("a note")

sent := http.send({"method": "GET", "url": "http://127.0.0.1:9/"})
