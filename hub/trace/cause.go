package trace

import (
	"slices"
	"strconv"
)

// causes are the causes of a hang-up in Q.850 that have a name, as Asterisk names them.
var causes = []int{
	1, 2, 3, 6, 16, 17, 18, 19, 20, 21, 22, 26, 27, 28, 29, 31, 34, 38, 41, 42,
	44, 47, 50, 52, 54, 57, 58, 65, 69, 88, 102, 127,
}

// cause is the note of the cause of a hang-up.
func cause(number int) Note {
	code := "cause.unnamed"
	if slices.Contains(causes, number) {
		code = "cause." + strconv.Itoa(number)
	}
	return Note{code, map[string]string{"Number": strconv.Itoa(number)}}
}
